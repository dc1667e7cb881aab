#include "osler/cli/capability_labels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "osler/run/ablation.h"
#include "osler/run/items_file.h"
#include "osler/run/run_labels.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// The name of the benchmark of which a control is made.
std::string_view without_control(std::string_view name) {
  for (const auto ablation : {Ablation::no_image, Ablation::shuffled_image, Ablation::permuted}) {
    const std::string suffix = "." + std::string(name_of(ablation));
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  return name;
}

/// Labels are of the texts that were asked, and of some of these items: a file of another benchmark is a mistake.
Status check_fit(const capability::LabelSet& labels, const std::vector<Item>& items, const std::string& place) {
  if (auto status = capability::check_texts(labels, items); !status) return status;
  auto labelled = items;
  const auto unlabelled = [](const Item& item) { return item.capability == Capability::unlabeled; };
  const auto before = std::ranges::count_if(labelled, unlabelled);
  apply_labels(labels, labelled);
  if (std::ranges::count_if(labelled, unlabelled) < before) return {};
  return fail(ErrorCode::mismatch, fmt::format("holds labels of {}, and none of these items", labels.row_set), {place},
              "give the labels of this benchmark, or the folder with the labels of all");
}

}  // namespace

Result<capability::LabelSet> find_labels(const std::string& place, std::string_view benchmark) {
  std::error_code problem;
  if (!fs::is_directory(place, problem)) return capability::read_labels(place);
  const auto name = without_control(benchmark);
  for (const auto candidate : {name, name.substr(0, name.find('/'))}) {
    const auto file = fs::path(place) / capability::labels_file_name(candidate);
    if (fs::exists(file, problem)) return capability::read_labels(file);
  }
  return fail(ErrorCode::not_found, fmt::format("has no labels of {} ({})", name, capability::labels_file_name(name)),
              {place}, "make them with 'osler capability label'");
}

Result<RowSet> load_labelled_row_set(const Card& card, const RowSetRequest& request, const DataPlaces& places,
                                     const std::string& place, WithoutLabels without,
                                     std::optional<capability::LabelSet>& labels) {
  if (place.empty()) return load_row_set(card, request, places);
  RowSetRequest whole = request;
  whole.capability.reset();
  auto rows = load_row_set(card, whole, places);
  if (!rows) return rows;
  const auto unlabelled = [](const Item& item) { return item.capability == Capability::unlabeled; };
  if (std::ranges::none_of(rows->items, unlabelled)) {
    return request.capability ? load_row_set(card, request, places) : std::move(rows);
  }
  auto found = find_labels(place, rows->label());
  if (!found && found.error().code == ErrorCode::not_found && without == WithoutLabels::go_on) return rows;
  if (!found) return pass(found);
  if (auto status = check_fit(*found, rows->items, place); !status) return pass(status);
  if (request.capability) {
    auto labelled = rows->items;
    apply_labels(*found, labelled);
    std::vector<Item> wanted;
    for (std::size_t i = 0; i < labelled.size(); ++i) {
      if (labelled[i].capability == *request.capability) wanted.push_back(std::move(rows->items[i]));
    }
    if (wanted.empty()) {
      return fail(ErrorCode::not_found,
                  fmt::format("no item of {} is labelled {}", rows->name(), name_of(*request.capability)), {place},
                  "leave out --capability");
    }
    rows->items = std::move(wanted);
    rows->subset += fmt::format("{}{}", rows->subset.empty() ? "" : "+", name_of(*request.capability));
  }
  labels = std::move(*found);
  return rows;
}

Status label_run(const fs::path& folder, const Manifest& manifest, const std::string& place) {
  const auto items = read_items(folder);
  if (!items) return pass(items);
  const auto unlabelled = [](const Item& item) { return item.capability == Capability::unlabeled; };
  if (std::ranges::none_of(*items, unlabelled)) return {};
  auto labels = find_labels(place, manifest.benchmark);
  if (!labels) return pass(labels);
  if (auto status = check_fit(*labels, *items, place); !status) return status;
  return record_labels(folder, std::move(*labels), *items);
}

Status add_label_facts(const fs::path& folder, const std::vector<GradeRow>& rows, report::RunGrades& grades) {
  std::set<std::string> sources;
  for (const auto& row : rows) {
    if (row.capability != Capability::unlabeled) sources.insert(row.capability_source);
  }
  grades.capability_source = sources.empty() ? "none" : fmt::format("{}", fmt::join(sources, " and "));
  const auto facts = recorded_label_facts(folder);
  if (!facts) return pass(facts);
  if (*facts) {
    const auto& quality = (*facts)->quality;
    grades.label_trust = {quality.errors, quality.measured_on, quality.no_better_than_majority()};
  }
  return {};
}

}  // namespace osler::cli
