#include "osler/dataset/loader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "osler/core/hash.h"
#include "osler/dataset/collector.h"
#include "osler/dataset/finder.h"
#include "osler/dataset/rows.h"
#include "osler/storage/hub_cache.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// A folder to search, and for which forms.
struct Root {
  fs::path folder;
  std::string only_form;   ///< Empty: any.
  std::string note;        ///< Said when something is taken from here.
  bool must_exist = true;  ///< The user named it.
};

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

/// The named folders, then the snapshots of the card's repositories in the hub's cache.
Result<std::vector<Root>> roots_of(const Card& card, const std::string& form_wanted, const DataPlaces& places) {
  std::vector<Root> roots;
  for (const auto& folder : places.folders) roots.push_back({folder, form_wanted, {}, true});
  if (!places.hub_cache) return roots;
  for (const auto& form : card.forms) {
    if (form.hub.repo.empty() || (!form_wanted.empty() && form.name != form_wanted)) continue;
    const auto snapshot =
        snapshot_of(*places.hub_cache, RepoKind::dataset, form.hub.repo, form.hub.revision, OtherRevisions::accept);
    if (!snapshot) return pass(snapshot);
    if (!*snapshot) continue;
    Root root{(*snapshot)->folder, form.name, {}, false};
    if (!(*snapshot)->as_asked) {
      root.note = fmt::format("{} is taken at the revision {}, because {}, which its card names, is not in the cache",
                              form.hub.repo, (*snapshot)->commit, form.hub.revision);
    }
    roots.push_back(std::move(root));
  }
  return roots;
}

std::vector<std::string> names_of_folders(const DataPlaces& places) {
  std::vector<std::string> names;
  for (const auto& folder : places.folders) names.push_back(folder.string());
  if (places.hub_cache) names.push_back(places.hub_cache->string());
  return names;
}

/// Nothing is there: says what was looked for, or that the request cannot be met at all.
tl::unexpected<Error> nothing_found(const Card& card, const RowSetRequest& request, const std::string& split,
                                    const DataPlaces& places, const std::vector<std::string>& rejected) {
  std::vector<std::string> looked_for;
  std::set<std::string> splits;
  std::string repo;
  for (const auto& form : card.forms) {
    if (!request.form.empty() && form.name != request.form) continue;
    for (const auto& name : splits_of(form)) splits.insert(name);
    const auto* patterns = patterns_of(form, split);
    if (patterns == nullptr) continue;
    looked_for.insert(looked_for.end(), patterns->begin(), patterns->end());
    if (repo.empty()) repo = form.hub.repo;
  }
  if (looked_for.empty()) {
    return fail(ErrorCode::usage, fmt::format("{} has no split '{}'", card.name, split), {},
                fmt::format("it has: {}", fmt::join(splits, ", ")));
  }
  const std::string fetch = repo.empty() ? std::string()
                                         : fmt::format(", or fetch it with 'osler data get {}{}'", card.name,
                                                       split == card.default_split ? "" : ":" + split);
  if (places.folders.empty()) {
    return fail(ErrorCode::not_found, fmt::format("nothing says where {} is", card.name), {},
                "give its folder with --data DIR or $OSLER_DATA" + fetch);
  }
  std::string what = fmt::format("no file of {} (split {}) is here", card.name, split);
  if (!rejected.empty()) what += "; " + rejected.front();
  return fail(rejected.empty() ? ErrorCode::not_found : ErrorCode::unsupported, std::move(what),
              {fmt::format("{}", fmt::join(names_of_folders(places), " and "))},
              fmt::format("looked for: {}{}", fmt::join(looked_for, ", "), fetch));
}

/// Everything that was found at one root.
Result<Findings> search(const Card& card, const std::string& split, const Root& root) {
  auto findings = find_forms(card, split, root.folder, root.only_form);
  if (!findings && !root.must_exist) return Findings{};
  return findings;
}

Result<FoundForm> choose_form(const Card& card, const RowSetRequest& request, const DataPlaces& places, RowSet& rows) {
  std::vector<std::string> rejected;
  std::vector<Error> unreadable;
  const auto roots = roots_of(card, request.form, places);
  if (!roots) return pass(roots);
  for (const auto& root : *roots) {
    auto findings = search(card, rows.split, root);
    if (!findings) return pass(findings);
    rejected.insert(rejected.end(), findings->rejected.begin(), findings->rejected.end());
    unreadable.insert(unreadable.end(), findings->unreadable.begin(), findings->unreadable.end());
    if (findings->found.empty()) continue;
    if (!root.note.empty()) rows.notes.push_back(root.note);
    for (const auto& other : findings->found.front().others) {
      rows.notes.push_back(fmt::format("{} is taken from {}; {} would do as well, --data chooses", card.name,
                                       findings->found.front().files.front().string(), other.string()));
    }
    for (std::size_t i = 1; i < findings->found.size(); ++i) {
      const auto& other = findings->found[i];
      rows.notes.push_back(fmt::format("{} is also here in the form '{}' ({}); --form {} chooses it", card.name,
                                       other.form->name, other.files.front().string(), other.form->name));
    }
    // A damaged file must not be passed over in silence for another form of the benchmark.
    for (const auto& error : unreadable) rows.notes.push_back("passed over: " + error.message());
    return std::move(findings->found.front());
  }
  if (!unreadable.empty()) return tl::unexpected<Error>(std::move(unreadable.front()));
  return nothing_found(card, request, rows.split, places, rejected);
}

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

/// How many items the card promises for what was asked for, if it does.
std::optional<std::uint64_t> promised(const Form& form, const RowSetRequest& request, const std::string& split) {
  const auto expect = form.expect.find(split);
  if (expect == form.expect.end() || request.capability) return std::nullopt;
  if (request.subset.empty()) return expect->second.items;
  const bool own = form.subsets.contains(request.subset);
  const auto& counts = own ? expect->second.subsets : expect->second.kinds;
  const auto found = counts.find(request.subset);
  return found == counts.end() ? std::nullopt : std::optional(found->second);
}

/// How the reading of a row set's files ended.
struct Reading {
  std::uint64_t accepted = 0;
  bool ended_early = false;  ///< The receiver had enough.
};

/// Reads the files of `rows` to their end, or until `accept` has enough.
Result<Reading> read_files(const Form& form, const RowSetRequest& request, RowSet& rows,
                           const std::function<bool(Item&&)>& accept) {
  Collector collector(form, request, rows, accept);
  const auto format = Collector::row_format(form);
  for (const auto& file : rows.files) {
    const auto enough = for_rows_until(file, format, [&](Row&& row) -> Result<bool> {
      if (auto taken = collector.take(std::move(row), file); !taken) return pass(taken);
      return collector.is_done();
    });
    if (!enough) return pass(enough);
    if (*enough) return Reading{collector.accepted(), true};
  }
  return Reading{collector.accepted(), false};
}

}  // namespace

std::string RowSet::name() const {
  return fmt::format("{}{}{}{}{} ({})", benchmark, split.empty() ? "" : ":", split, subset.empty() ? "" : "/", subset,
                     form);
}

std::string RowSet::label() const {
  std::string label = benchmark;
  if (split != default_split) label += ":" + split;
  if (!subset.empty()) label += "/" + subset;
  return label;
}

std::string RowSet::hash() const {
  Sha256 hash;
  for (const auto& item : items) {
    hash.update_field(item.id);
    hash.update_field(name_of(item.kind));
    hash.update_field(item.question);
    hash.update_field(std::to_string(item.options.size()));
    for (const auto& option : item.options) hash.update_field(option);
    hash.update_field(item.gold);
    hash.update_field(std::to_string(item.images.size()));
  }
  return hash.hex();
}

Result<RowSet> stream_row_set(const Card& card, const RowSetRequest& request, const DataPlaces& places,
                              const std::function<bool(Item&&)>& accept) {
  if (auto status = check_names(card, request); !status) return pass(status);
  RowSet rows;
  rows.benchmark = card.name;
  rows.default_split = card.default_split;
  rows.split = request.split.empty() ? card.default_split : request.split;
  rows.subset = subset_name(request);
  rows.licence = card.licence;
  const auto found = choose_form(card, request, places, rows);
  if (!found) return pass(found);
  const Form& form = *found->form;
  if (auto status = check_subset(card, form, request.subset); !status) return pass(status);
  rows.form = form.name;
  rows.files = found->files;
  const auto reading = read_files(form, request, rows, accept);
  if (!reading) return pass(reading);
  if (reading->ended_early) return rows;
  if (reading->accepted == 0) {
    return fail(ErrorCode::not_found, fmt::format("{} has no items", rows.name()), {found->files.front().string()},
                "choose another split, subset or capability");
  }
  const auto expected = promised(form, request, rows.split);
  if (expected && *expected != reading->accepted) {
    rows.notes.push_back(fmt::format("{} has {} items here, its card says {}: this is a part of it, or another version",
                                     rows.name(), reading->accepted, *expected));
  }
  return rows;
}

Result<RowSet> load_row_set(const Card& card, const RowSetRequest& request, const DataPlaces& places) {
  std::vector<Item> items;
  auto rows = stream_row_set(card, request, places, [&items](Item&& item) {
    items.push_back(std::move(item));
    return true;
  });
  if (rows) rows->items = std::move(items);
  return rows;
}

Result<std::vector<FoundRowSet>> list_row_sets(const Card& card, const std::string& split, const DataPlaces& places) {
  std::vector<FoundRowSet> out;
  const auto roots = roots_of(card, {}, places);
  if (!roots) return pass(roots);
  for (const auto& root : *roots) {
    auto findings = search(card, split, root);
    if (!findings) return pass(findings);
    for (auto& found : findings->found) out.push_back({found.form, split, std::move(found.files), root.folder});
  }
  return out;
}

Result<Inventory> take_inventory(const Card& card, const DataPlaces& places) {
  Inventory inventory;
  const auto roots = roots_of(card, {}, places);
  if (!roots) return pass(roots);
  for (const auto& root : *roots) {
    auto findings = find_every_split(card, root.folder, root.only_form);
    if (!findings && !root.must_exist) continue;
    if (!findings) return pass(findings);
    for (auto& found : findings->found) {
      inventory.row_sets.push_back({found.form, std::move(found.split), std::move(found.files), root.folder});
    }
    auto& unreadable = inventory.unreadable;
    unreadable.insert(unreadable.end(), findings->unreadable.begin(), findings->unreadable.end());
  }
  return inventory;
}

Result<RowSet> stream_found(const Card& card, const FoundRowSet& found, const std::function<bool(Item&&)>& accept) {
  RowSet rows;
  rows.benchmark = card.name;
  rows.default_split = card.default_split;
  rows.split = found.split;
  rows.form = found.form->name;
  rows.licence = card.licence;
  rows.files = found.files;
  const auto reading =
      read_files(*found.form, {.split = found.split, .form = rows.form, .subset = {}, .capability = {}}, rows, accept);
  if (!reading) return pass(reading);
  return rows;
}

}  // namespace osler
