#include "osler/dataset/check.h"

#include <fmt/format.h>

#include <set>

#include "osler/core/hash.h"

namespace osler {
namespace {

const Expectation* expectation_of(const Card& card, const RowSet& rows) {
  for (const auto& form : card.forms) {
    if (form.name != rows.form) continue;
    const auto found = form.expect.find(rows.split);
    return found == form.expect.end() ? nullptr : &found->second;
  }
  return nullptr;
}

void compare(const std::string& what, std::uint64_t have, std::uint64_t expected, std::vector<Problem>& problems) {
  if (have == expected) return;
  problems.push_back({{}, fmt::format("has {} {}, its card says {}", have, what, expected)});
}

void compare_with_card(const Expectation& expect, const RowSet& rows, DataReport& report) {
  for (const auto& [name, count] : expect.subsets) {
    const auto have = report.subsets.find(name);
    compare(fmt::format("items in the subset '{}'", name), have == report.subsets.end() ? 0 : have->second, count,
            report.problems);
  }
  // A part of a split cannot be compared with the whole.
  if (!rows.subset.empty()) return;
  if (expect.items) compare("items", report.items, *expect.items, report.problems);
  for (const auto& [name, count] : expect.kinds) {
    const auto have = report.kinds.find(name);
    compare(fmt::format("items of kind {}", name), have == report.kinds.end() ? 0 : have->second, count,
            report.problems);
  }
  if (expect.distinct_images) {
    compare("distinct images", report.distinct_images, *expect.distinct_images, report.problems);
  }
}

}  // namespace

DataReport check_data(const Card& card, const RowSet& rows, DecodeLimits limits,
                      const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  DataReport report;
  report.benchmark = rows.benchmark;
  report.row_set = rows.name();
  report.row_set_hash = rows.hash();
  report.items = rows.items.size();
  report.subsets = rows.subset_counts;
  report.problems = rows.problems;
  ImageLoader loader(limits);
  std::set<std::string> pictures;
  std::set<std::string> files;
  std::uint64_t done = 0;
  for (const auto& item : rows.items) {
    ++report.kinds[std::string(name_of(item.kind))];
    ++report.capabilities[std::string(name_of(item.capability))];
    if (item.kind == Kind::mcq && item.gold_option) {
      ++report.gold_letters[std::string(1, option_letter(*item.gold_option))];
    }
    for (const auto& source : item.images) {
      ++report.images;
      // Many questions share an image file; one look at each is enough. Parquet rows each embed their own.
      if (!source.row && !files.insert(source.file.string()).second) continue;
      // What the loader found missing or out of place is among the problems already.
      if (source.file.empty() || rows.missing_images.contains(source.file)) continue;
      const auto image = loader.load(source);
      if (image) {
        pictures.insert(pixel_hash(**image));
      } else {
        report.problems.push_back({item.id, image.error().message()});
      }
    }
    if (progress) progress(++done, report.items);
  }
  report.distinct_images = pictures.size();
  if (const auto* expect = expectation_of(card, rows); expect != nullptr) compare_with_card(*expect, rows, report);
  return report;
}

}  // namespace osler
