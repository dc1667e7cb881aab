#include "osler/dataset/loader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "osler/core/hash.h"
#include "osler/dataset/finder.h"
#include "osler/dataset/items.h"
#include "osler/dataset/rows.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// Every column that making an item can touch; the rest of a wide parquet file is not read.
std::vector<std::string> columns_needed(const Form& form) {
  std::vector<std::string> columns = form.required_columns;
  columns.insert(columns.end(), form.option_columns.begin(), form.option_columns.end());
  for (const auto& [stratum, column] : form.strata) columns.push_back(column);
  for (std::size_t open = form.id.find('{'); open != std::string::npos; open = form.id.find('{', open + 1)) {
    const auto close = form.id.find('}', open);
    if (close != std::string::npos) columns.push_back(form.id.substr(open + 1, close - open - 1));
  }
  return columns;
}

/// Checks that the names in the request exist before anything is read.
Status check_names(const Card& card, const RowSetRequest& request) {
  std::vector<std::string> forms;
  for (const auto& form : card.forms) forms.push_back(form.name);
  if (!request.form.empty() && std::find(forms.begin(), forms.end(), request.form) == forms.end()) {
    return fail(ErrorCode::usage, fmt::format("{} has no form '{}'", card.name, request.form), {},
                fmt::format("it has: {}", fmt::join(forms, ", ")));
  }
  return {};
}

/// Nothing is there: says what was looked for, or that the request cannot be met at all.
tl::unexpected<Error> nothing_found(const Card& card, const RowSetRequest& request, const std::string& split,
                                    const std::vector<fs::path>& roots) {
  std::vector<std::string> looked_for;
  std::set<std::string> splits;
  for (const auto& form : card.forms) {
    if (!request.form.empty() && form.name != request.form) continue;
    for (const auto& [name, patterns] : form.files) {
      if (name != "*") splits.insert(name);
    }
    for (const auto& [name, match] : form.split_rows) splits.insert(name);
    const auto* patterns = patterns_of(form, split);
    if (patterns != nullptr) looked_for.insert(looked_for.end(), patterns->begin(), patterns->end());
  }
  if (looked_for.empty()) {
    return fail(ErrorCode::usage, fmt::format("{} has no split '{}'", card.name, split), {},
                fmt::format("it has: {}", fmt::join(splits, ", ")));
  }
  if (roots.empty()) {
    return fail(ErrorCode::not_found, fmt::format("nothing says where {} is", card.name), {},
                "give its folder with --data DIR or $OSLER_DATA");
  }
  std::string places = roots.front().string();
  for (std::size_t i = 1; i < roots.size(); ++i) places += " and " + roots[i].string();
  return fail(ErrorCode::not_found, fmt::format("no file of {} (split {}) is here", card.name, split), {places},
              fmt::format("looked for: {}", fmt::join(looked_for, ", ")));
}

Result<FoundForm> choose_form(const Card& card, const RowSetRequest& request, const std::string& split,
                              const std::vector<fs::path>& roots, RowSet& rows) {
  std::vector<std::string> rejected;
  std::optional<Error> unreadable;
  for (const auto& root : roots) {
    auto findings = find_forms(card, split, root, request.form);
    if (!findings) return pass(findings);
    rejected.insert(rejected.end(), findings->rejected.begin(), findings->rejected.end());
    if (!unreadable) unreadable = findings->unreadable;
    std::optional<FoundForm> chosen;
    for (auto& found : findings->found) {
      if (!chosen) {
        chosen = std::move(found);
      } else {
        rows.notes.push_back(fmt::format("{} is also here in the form '{}' ({}); --form {} chooses it", card.name,
                                         found.form->name, found.files.front().string(), found.form->name));
      }
    }
    if (!chosen) continue;
    // A damaged file must not be passed over in silence for another form of the benchmark.
    for (const auto& reason : rejected) rows.notes.push_back("passed over: " + reason);
    return std::move(*chosen);
  }
  if (unreadable) return tl::unexpected<Error>(std::move(*unreadable));
  if (!rejected.empty()) {
    return fail(ErrorCode::unsupported, rejected.front(), {},
                fmt::format("this is not {}, or a form of it that its card does not know", card.name));
  }
  return nothing_found(card, request, split, roots);
}

class Collector {
 public:
  Collector(const Form& form, const RowSetRequest& request, RowSet& rows)
      : form_(form), request_(request), rows_(rows) {}

  Status take(const Row& row, const fs::path& file) {
    const std::uint64_t sequence = sequence_++;
    const auto split_rule = form_.split_rows.find(rows_.split);
    if (split_rule != form_.split_rows.end() && !matches(split_rule->second, row.fields)) return {};
    auto draft = make_item(form_, rows_.split, sequence, row, file);
    if (!draft) return pass(draft);
    // Before the choice of a subset: an item is called the same in the whole and in its part.
    const std::string id = draft->item.id;
    if (!ids_.insert(id).second) {
      do draft->item.id += fmt::format("@{}", sequence);
      while (!ids_.insert(draft->item.id).second);
      draft->problems.push_back(fmt::format("repeats the id '{}'; it is called '{}' here", id, draft->item.id));
    }
    if (!in_subset(row, draft->item)) return {};
    for (auto& problem : draft->problems) rows_.problems.push_back({draft->item.id, std::move(problem)});
    for (const auto& image : draft->missing_images) {
      if (!rows_.missing_images.insert(image).second) continue;
      rows_.problems.push_back({draft->item.id, fmt::format("has no image '{}' in {}", image.filename().string(),
                                                            image.parent_path().string())});
    }
    rows_.items.push_back(std::move(draft->item));
    return {};
  }

 private:
  bool in_subset(const Row& row, const Item& item) {
    for (const auto& [name, match] : form_.subsets) {
      if (matches(match, row.fields)) ++rows_.subset_counts[name];
    }
    if (request_.capability && item.capability != *request_.capability) return false;
    if (request_.subset.empty()) return true;
    // The card's own subset goes before a kind of the same name: its counts are what the card expects.
    const auto own = form_.subsets.find(request_.subset);
    if (own != form_.subsets.end()) return matches(own->second, row.fields);
    return kind_from(request_.subset) == item.kind;
  }

  const Form& form_;
  const RowSetRequest& request_;
  RowSet& rows_;
  std::uint64_t sequence_ = 0;
  std::set<std::string> ids_;
};

Status check_subset(const Card& card, const Form& form, const std::string& subset) {
  if (subset.empty() || kind_from(subset) || form.subsets.contains(subset)) return {};
  std::vector<std::string> known{"mcq", "yes_no", "open"};
  for (const auto& [name, match] : form.subsets) {
    if (!kind_from(name)) known.push_back(name);
  }
  return fail(ErrorCode::usage, fmt::format("{} has no subset '{}' in the form '{}'", card.name, subset, form.name), {},
              fmt::format("it has: {}", fmt::join(known, ", ")));
}

std::string subset_name(const RowSetRequest& request) {
  std::string name = request.subset;
  if (request.capability) name += (name.empty() ? "" : "+") + std::string(name_of(*request.capability));
  return name;
}

}  // namespace

std::string RowSet::name() const {
  return fmt::format("{}:{}{}{} ({})", benchmark, split, subset.empty() ? "" : "/", subset, form);
}

std::string RowSet::hash() const {
  Sha256 hash;
  for (const auto& item : items) {
    hash.update_field(item.id);
    hash.update_field(item.question);
    hash.update_field(std::to_string(item.options.size()));
    for (const auto& option : item.options) hash.update_field(option);
    hash.update_field(item.gold);
    hash.update_field(std::to_string(item.images.size()));
  }
  return hash.hex();
}

Result<RowSet> load_row_set(const Card& card, const RowSetRequest& request, const std::vector<fs::path>& roots) {
  if (auto status = check_names(card, request); !status) return pass(status);
  RowSet rows;
  rows.benchmark = card.name;
  rows.split = request.split.empty() ? card.default_split : request.split;
  rows.subset = subset_name(request);
  rows.licence = card.licence;
  const auto found = choose_form(card, request, rows.split, roots, rows);
  if (!found) return pass(found);
  const Form& form = *found->form;
  if (auto status = check_subset(card, form, request.subset); !status) return pass(status);
  rows.form = form.name;
  rows.files = found->files;
  Collector collector(form, request, rows);
  const auto columns = columns_needed(form);
  for (const auto& file : found->files) {
    const auto status =
        for_each_row(file, {form.format, columns}, [&](Row&& row) { return collector.take(row, file); });
    if (!status) return pass(status);
  }
  if (rows.items.empty()) {
    return fail(ErrorCode::not_found, fmt::format("{} has no items", rows.name()), {found->files.front().string()},
                "choose another split, subset or capability");
  }
  return rows;
}

}  // namespace osler
