#include "osler/dataset/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "osler/core/hash.h"
#include "osler/dataset/images/similarity.h"
#include "osler/dataset/pictures.h"
#include "osler/dataset/text.h"

namespace osler {
namespace {

/// Training splits with more images are compared by names only: decoding them takes hours.
constexpr std::size_t kMostTrainingImages = 20'000;

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

/// Counts by name against the card's; `what` is filled in with the name.
void compare_counts(fmt::format_string<const std::string&> what, const std::map<std::string, std::uint64_t>& have,
                    const std::map<std::string, std::uint64_t>& expected, std::vector<Problem>& problems) {
  for (const auto& [name, count] : expected) {
    const auto found = have.find(name);
    compare(fmt::format(what, name), found == have.end() ? 0 : found->second, count, problems);
  }
}

void compare_with_card(const Expectation& expect, const RowSet& rows, DataReport& report) {
  auto& problems = report.problems;
  compare_counts("items in the subset '{}'", report.subsets, expect.subsets, problems);
  // A part of a split cannot be compared with the whole.
  if (!rows.subset.empty()) return;
  if (expect.items) compare("items", report.items, *expect.items, problems);
  compare_counts("items of kind {}", report.kinds, expect.kinds, problems);
  compare_counts("items for {}", report.capabilities, expect.capabilities, problems);
  compare_counts("mcq items with the answer {}", report.gold_letters, expect.gold_letters, problems);
  if (expect.images) compare("references to images", report.images, *expect.images, problems);
  if (expect.distinct_images) compare("distinct images", report.distinct_images, *expect.distinct_images, problems);
}

void count_items(const RowSet& rows, DataReport& report) {
  for (const auto& item : rows.items) {
    ++report.kinds[std::string(name_of(item.kind))];
    ++report.capabilities[std::string(name_of(item.capability))];
    report.images += item.images.size();
    if (!item.gold_option) continue;
    if (item.kind == Kind::mcq) ++report.gold_letters[std::string(1, option_letter(*item.gold_option))];
    if (item.kind == Kind::yes_no) ++report.gold_yes_no[item.options[*item.gold_option]];
  }
}

/// The first picture of each that differs by its pixels.
std::vector<const Picture*> distinct_pictures(const Pictures& pictures) {
  std::vector<const Picture*> distinct;
  std::unordered_set<std::string_view> known;
  for (const auto& picture : pictures.all()) {
    if (!picture.pixels.empty() && known.insert(picture.pixels).second) distinct.push_back(&picture);
  }
  return distinct;
}

/// Files of another name with the same pixels: an error bar that counts them as two images is too small.
void remark_on_copies(const Pictures& pictures, const std::vector<const Picture*>& distinct, DataReport& report) {
  std::unordered_map<std::string_view, const Picture*> first;
  for (const auto* picture : distinct) first.emplace(picture->pixels, picture);
  std::uint64_t copies = 0;
  const Picture* example = nullptr;
  for (const auto& picture : pictures.all()) {
    // A parquet row or a line of base64 holds its own copy by nature.
    if (picture.pixels.empty() || picture.source.row || picture.source.base64) continue;
    if (first.at(picture.pixels) == &picture) continue;
    if (++copies == 1) example = &picture;
  }
  if (example == nullptr) return;
  report.remarks.push_back(
      {{},
       fmt::format("has {} image file{} with the pixels of another, for example {} as {}", copies,
                   copies == 1 ? "" : "s", example->source.key, first.at(example->pixels)->source.key)});
}

void remark_on_look_alikes(const std::vector<const Picture*>& distinct, DataReport& report) {
  std::vector<std::optional<std::uint64_t>> looks;
  looks.reserve(distinct.size());
  for (const auto* picture : distinct) looks.push_back(picture->looks);
  constexpr std::size_t kListed = 10;
  const auto found = near_duplicates(looks, kNearDuplicateDistance, kListed);
  report.near_duplicates = found.pairs;
  for (const auto& pair : found.closest) {
    report.remarks.push_back({distinct[pair.second]->item_id,
                              fmt::format("shows {}, which looks like {} of item {} (a near-duplicate image)",
                                          distinct[pair.second]->source.key, distinct[pair.first]->source.key,
                                          distinct[pair.first]->item_id)});
  }
}

/// Items that ask the same about the same picture count twice in every score.
void remark_on_repetitions(const RowSet& rows, const Pictures& pictures, DataReport& report) {
  std::unordered_map<std::string, const Item*> asked;
  for (const auto& item : rows.items) {
    Sha256 what;
    what.update_field(to_lower(collapse_space(item.question)));
    for (const auto& source : item.images) {
      const auto& pixels = pictures.of(source).pixels;
      what.update_field(pixels.empty() ? Pictures::place_of(source) : pixels);
    }
    for (const auto& option : item.options) what.update_field(option);
    const auto [known, is_new] = asked.emplace(what.hex(), &item);
    if (is_new) continue;
    report.remarks.push_back(
        {item.id, fmt::format("asks what item {} asks about the same image{}", known->second->id,
                              known->second->gold == item.gold ? "" : ", but its gold answer is another")});
  }
}

TrainingOverlap overlap_with(const RowSet& training, const Pictures& pictures, const CheckSettings& settings) {
  TrainingOverlap overlap;
  overlap.row_set = training.name();
  std::set<std::string> places;
  for (const auto& item : training.items) {
    for (const auto& source : item.images) {
      // Rows that embed their images have no names to compare.
      if (!source.row && !source.base64 && !source.file.empty()) places.insert(Pictures::place_of(source));
    }
  }
  std::set<std::string> pixels;
  overlap.compared_pixels = training.items.size() <= kMostTrainingImages;
  if (overlap.compared_pixels) {
    const Pictures of_training(training, settings.limits, [&](std::uint64_t done, std::uint64_t total) {
      if (settings.progress) settings.progress("images of " + overlap.row_set, done, total);
    });
    for (const auto& picture : of_training.all()) {
      if (!picture.pixels.empty()) pixels.insert(picture.pixels);
    }
  }
  std::set<std::string> known;
  for (const auto& picture : pictures.all()) {
    const std::string place = Pictures::place_of(picture.source);
    if (picture.source.file.empty() || !known.insert(picture.pixels.empty() ? place : picture.pixels).second) continue;
    ++overlap.pictures;
    if (places.contains(place) || pixels.contains(picture.pixels)) ++overlap.shared;
  }
  return overlap;
}

}  // namespace

DataReport check_data(const Card& card, const RowSet& rows, const CheckSettings& settings) {
  DataReport report;
  report.benchmark = rows.benchmark;
  report.row_set = rows.name();
  report.row_set_hash = rows.hash();
  report.items = rows.items.size();
  report.subsets = rows.subset_counts;
  report.problems = rows.problems;
  report.remarks = rows.remarks;
  count_items(rows, report);
  const Pictures pictures(rows, settings.limits, [&](std::uint64_t done, std::uint64_t total) {
    if (settings.progress) settings.progress("images of " + report.row_set, done, total);
  });
  for (const auto& picture : pictures.all()) {
    if (!picture.problem.empty()) report.problems.push_back({picture.item_id, picture.problem});
  }
  const auto distinct = distinct_pictures(pictures);
  report.distinct_images = distinct.size();
  remark_on_copies(pictures, distinct, report);
  remark_on_look_alikes(distinct, report);
  remark_on_repetitions(rows, pictures, report);
  for (const auto* training : settings.training) report.training.push_back(overlap_with(*training, pictures, settings));
  if (const auto* expect = expectation_of(card, rows); expect != nullptr) compare_with_card(*expect, rows, report);
  // A list of thousands of missing images must not hide that the counts are wrong.
  std::stable_partition(report.problems.begin(), report.problems.end(),
                        [](const Problem& problem) { return problem.item_id.empty(); });
  return report;
}

}  // namespace osler
