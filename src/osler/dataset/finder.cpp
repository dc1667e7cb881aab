#include "osler/dataset/finder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "osler/core/glob.h"
#include "osler/dataset/data_files.h"
#include "osler/dataset/fields.h"
#include "osler/dataset/rows.h"
#include "osler/storage/data_path.h"
#include "osler/storage/duckdb.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

std::size_t depth_of(const fs::path& path) { return static_cast<std::size_t>(std::distance(path.begin(), path.end())); }

using Places = std::map<std::pair<std::size_t, fs::path>, std::vector<fs::path>>;

/// The files that match one pattern, by the folder that the pattern starts from: the shallowest first, then by name.
Places matching_files(const std::vector<fs::path>& files, const std::string& pattern) {
  Places places;
  for (const auto& file : files) {
    if (glob_matches_path(file, pattern)) places[{depth_of(file), glob_base(file, pattern)}].push_back(file);
  }
  for (auto& [place, matched] : places) std::sort(matched.begin(), matched.end());
  return places;
}

bool has_column(const std::vector<std::string>& columns, const std::string& wanted) {
  const auto is_there = [&columns](const std::string& name) {
    return std::find(columns.begin(), columns.end(), name) != columns.end();
  };
  return is_there(wanted) || is_there(wanted.substr(0, wanted.find('.')));
}

Status has_columns(const Form& form, const fs::path& file) {
  const auto columns = columns_of(file, form.format);
  if (!columns) return pass(columns);
  if (columns->empty()) {
    return fail(ErrorCode::malformed, "holds no records", {file.string()}, "fetch or copy it again");
  }
  for (const auto& required : form.required_columns) {
    if (!has_column(*columns, required)) {
      return fail(ErrorCode::unsupported, fmt::format("{} is named like the form '{}', but has no column '{}'{}{}",
                                                      file.string(), form.name, required, form.recognition ? ": " : "",
                                                      form.recognition ? form.recognition->otherwise : std::string()));
    }
  }
  return {};
}

/// Whether one of the first rows looks as the form's rows do.
Status is_recognised(const Form& form, const fs::path& file) {
  if (!form.recognition) return {};
  constexpr std::uint64_t kEnough = 50;
  bool found = false;
  const RowFormat format{form.format, {form.recognition->match.column}, {}};
  const auto read = for_rows_until(file, format, [&](Row&& row) -> Result<bool> {
    found = found || matches(form.recognition->match, row.fields);
    return found || row.number >= kEnough;
  });
  if (!read) return pass(read);
  if (found) return {};
  return fail(ErrorCode::unsupported, fmt::format("{} is named like the form '{}', but is something else: {}",
                                                  file.string(), form.name, form.recognition->otherwise));
}

Result<std::uint64_t> parquet_rows(const std::vector<fs::path>& files) {
  auto database = Database::open();
  if (!database) return pass(database);
  std::uint64_t rows = 0;
  for (const auto& file : files) {
    auto result = database->query(
        fmt::format("SELECT num_rows::BIGINT FROM parquet_file_metadata({})", sql_quote(plain_path(file))));
    if (!result) return pass(result);
    const auto row = result->next();
    if (!row) return pass(row);
    const auto* count = row->empty() ? nullptr : std::get_if<std::int64_t>(&row->front());
    if (count != nullptr) rows += static_cast<std::uint64_t>(*count);
  }
  return rows;
}

/// Parquet files of many benchmarks on the hub are all called data/test-*.parquet, with the columns image, question
/// and answer. Their size tells them apart, or a folder that is called as the repository.
Status has_the_size(const Form& form, const std::string& split, const std::vector<fs::path>& files) {
  const auto expect = form.expect.find(split);
  if (form.format != "parquet" || form.split_rows.contains(split) || expect == form.expect.end() ||
      !expect->second.items) {
    return {};
  }
  const auto rows = parquet_rows(files);
  if (!rows || *rows == *expect->second.items) return {};
  const std::string name = form.hub.repo.substr(std::min(form.hub.repo.find('/') + 1, form.hub.repo.size()));
  for (const auto& part : files.front().parent_path()) {
    if (!name.empty() && (part.string() == name || part.string().ends_with("--" + name))) return {};
  }
  return fail(
      ErrorCode::unsupported,
      fmt::format("{} is named like the form '{}', but has {} rows where that has {}: it is another benchmark's, "
                  "or a part (--form {} takes it all the same)",
                  files.front().string(), form.name, *rows, *expect->second.items, form.name));
}

/// Whether the files are what they are called.
Status fits(const Form& form, const std::string& split, const std::vector<fs::path>& files, bool whatever_its_size) {
  if (auto status = has_columns(form, files.front()); !status) return status;
  if (auto status = is_recognised(form, files.front()); !status) return status;
  return whatever_its_size ? Status{} : has_the_size(form, split, files);
}

/// True if one of the form's image folders is beside the files.
bool has_pictures(const Form& form, const std::vector<fs::path>& files) {
  std::error_code ignored;
  return std::any_of(form.images.folders.begin(), form.images.folders.end(), [&](const std::string& folder) {
    // "imgs.zip/imgs" is there if imgs.zip is.
    const fs::path path = (files.front().parent_path() / folder).lexically_normal();
    const auto archive = archive_path(path);
    return folder != "." && (archive ? fs::exists(archive->archive, ignored) : fs::is_directory(path, ignored));
  });
}

/// Keeps the reason, once: one file may be met by two patterns.
void reject(const Error& error, Findings& findings) {
  const std::string reason = error.message();
  if (error.code == ErrorCode::unsupported) {
    auto& rejected = findings.rejected;
    if (std::find(rejected.begin(), rejected.end(), reason) == rejected.end()) rejected.push_back(reason);
    return;
  }
  const auto same = [&reason](const Error& known) { return known.message() == reason; };
  auto& unreadable = findings.unreadable;
  if (std::none_of(unreadable.begin(), unreadable.end(), same)) unreadable.push_back(error);
}

/// Where the form lies: places with its images go before those without, then earlier patterns, then shallower folders.
void find_form(const Form& form, const std::string& split, const std::vector<fs::path>& files, bool whatever_its_size,
               Findings& findings) {
  std::vector<std::vector<fs::path>> places;
  std::set<fs::path> known;
  for (const auto& pattern : *patterns_of(form, split)) {
    for (auto& [place, matched] : matching_files(files, pattern)) {
      if (known.contains(matched.front())) continue;
      if (const auto status = fits(form, split, matched, whatever_its_size); !status) {
        reject(status.error(), findings);
        continue;
      }
      known.insert(matched.begin(), matched.end());
      places.push_back(std::move(matched));
    }
  }
  if (places.empty()) return;
  std::stable_partition(places.begin(), places.end(), [&form](const auto& place) { return has_pictures(form, place); });
  FoundForm found{&form, split, std::move(places.front()), {}};
  for (std::size_t i = 1; i < places.size(); ++i) found.others.push_back(places[i].front());
  findings.found.push_back(std::move(found));
}

/// Looks for the splits of every form that is asked for, on one walk.
Result<Findings> find_splits(const Card& card, const fs::path& root, const std::string& only_form,
                             const std::function<std::vector<std::string>(const Form&)>& splits) {
  Findings findings;
  const auto files = data_files(card, root, findings.unreadable);
  if (!files) return pass(files);
  for (const auto& form : card.forms) {
    if (!only_form.empty() && form.name != only_form) continue;
    for (const auto& split : splits(form)) {
      if (patterns_of(form, split) != nullptr) find_form(form, split, *files, !only_form.empty(), findings);
    }
  }
  return findings;
}

}  // namespace

const std::vector<std::string>* patterns_of(const Form& form, const std::string& split) {
  const auto own = form.files.find(split);
  if (own != form.files.end()) return &own->second;
  const auto any = form.files.find("*");
  return any != form.files.end() && form.split_rows.contains(split) ? &any->second : nullptr;
}

std::vector<std::string> splits_of(const Form& form) {
  std::set<std::string> splits;
  for (const auto& [name, patterns] : form.files) {
    if (name != "*") splits.insert(name);
  }
  for (const auto& [name, match] : form.split_rows) splits.insert(name);
  return {splits.begin(), splits.end()};
}

Result<Findings> find_forms(const Card& card, const std::string& split, const fs::path& root,
                            const std::string& only_form) {
  return find_splits(card, root, only_form, [&split](const Form&) { return std::vector{split}; });
}

Result<Findings> find_every_split(const Card& card, const fs::path& root, const std::string& only_form) {
  return find_splits(card, root, only_form, splits_of);
}

}  // namespace osler
