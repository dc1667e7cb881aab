#include "osler/cli/capability_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "osler/capability/text_features.h"
#include "osler/cli/common.h"
#include "osler/core/utf8.h"

namespace osler::cli {
namespace {

constexpr std::string_view kFile = "file:";

void say_missing(std::size_t missing, std::size_t all, const std::string& first) {
  if (missing == 0) return;
  note(printable_line(fmt::format("osler: {} of {} items have no vector, '{}' first; they are left out", missing, all,
                                  utf8_beginning(first, 60))));
}

/// The vectors of the items, in the items' order.
Result<capability::Features> of_items(const std::vector<Item>& items, const capability::EmbeddingSet& set,
                                      const std::string& where) {
  std::unordered_map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < set.item_ids.size(); ++i) place.emplace(set.item_ids[i], i);
  capability::EmbeddingSet own{set.identity, set.names_its_maker, set.dimensions, {}, {}};
  std::string first_missing;
  for (const auto& item : items) {
    const auto found = place.find(item.id);
    if (found == place.end()) {
      if (first_missing.empty()) first_missing = item.id;
      continue;
    }
    const auto row = set.values.begin() + static_cast<std::ptrdiff_t>(found->second * set.dimensions);
    own.values.insert(own.values.end(), row, row + static_cast<std::ptrdiff_t>(set.dimensions));
    own.item_ids.push_back(item.id);
  }
  if (own.item_ids.empty()) {
    return fail(ErrorCode::mismatch, "has no vector of these items", {where},
                "make the vectors of this benchmark: osler embed --benchmark ...");
  }
  say_missing(items.size() - own.item_ids.size(), items.size(), first_missing);
  return capability::features_of(std::move(own));
}

/// Vectors by a model: `osler embed`'s own way, its cache included.
Result<capability::Features> by_model(const std::vector<Item>& items, FeatureOptions options,
                                      const std::stop_token& stop) {
  options.model = options.embedding;
  const auto embedder = open_embedder(options, stop);
  if (!embedder) return pass(embedder);
  auto embedded = embed_items(**embedder, items, options, stop);
  if (!embedded) return pass(embedded);
  if (!embedded->errors.empty()) {
    note(printable_line(fmt::format("osler: item {}: {}", embedded->errors[0].first, embedded->errors[0].second)));
  }
  const capability::EmbeddingSet set{std::move(embedded->identity), true, embedded->dimensions,
                                     std::move(embedded->item_ids), std::move(embedded->values)};
  return of_items(items, set, options.embedding);
}

}  // namespace

void add_capability_items(CLI::App& command, CapabilityItems& options) {
  command
      .add_option("-b,--benchmark", options.benchmark,
                  "A row set: BENCHMARK[:SPLIT][/SUBSET], or the path of a benchmark's card")
      ->required();
  command.add_option("-d,--data", options.data,
                     "Folder to look in first (then $OSLER_DATA, then the Hugging Face cache)");
  command.add_option("--split", options.rows.split, "Split of the benchmark (default: test)");
  command.add_option("--form", options.rows.form, "Form on disk to use, when several are there");
  command.add_option("--subset", options.rows.subset, "Part of the split: closed, yes_no, open, mcq, ...");
}

Result<RowSet> load_capability_items(const CapabilityItems& options) {
  return load_one_row_set(options.benchmark, options.rows, options.data);
}

void add_feature_options(CLI::App& command, FeatureOptions& options) {
  command
      .add_option("-e,--embedding", options.embedding,
                  "What the classifier reads: text (words and characters, no model), file:PATH (vectors in parquet or "
                  ".jsonl), or a model as osler embed takes it")
      ->capture_default_str();
  add_embed_options(command, options);
}

Result<capability::Features> features_for(const std::vector<Item>& items, const FeatureOptions& options,
                                          const std::stop_token& stop) {
  if (options.embedding == "text") return capability::text_features(items);
  if (!options.embedding.starts_with(kFile)) return by_model(items, options, stop);
  const std::string file = options.embedding.substr(kFile.size());
  if (file.empty()) return fail(ErrorCode::usage, "--embedding file: names no file", {}, "write file:PATH");
  const auto set = capability::read_embeddings(file);
  if (!set) return pass(set);
  if (!set->names_its_maker) {
    note(printable_line(fmt::format(
        "osler: {} does not say what made its vectors (identity): others of {} numbers are taken for the same kind",
        file, set->dimensions)));
  }
  return of_items(items, *set, file);
}

Result<LabelledFeatures> labelled_features(const RowSet& rows, const FeatureOptions& options,
                                           capability::GroupBy group_by, const std::stop_token& stop) {
  std::vector<Item> items;
  for (const auto& item : rows.items) {
    if (item.capability != Capability::unlabeled) items.push_back(item);
  }
  if (items.empty()) {
    return fail(ErrorCode::unsupported,
                fmt::format("{} does not say of any item whether it tests understanding or reasoning", rows.name()), {},
                "take a benchmark whose card has 'capability', such as medxpertqa-mm, in a form that holds the labels");
  }
  auto features = features_for(items, options, stop);
  if (!features) return pass(features);
  LabelledFeatures labelled{{}, std::move(*features), {}, {}};
  if (labelled.features.rows() < items.size()) {
    std::unordered_map<std::string_view, bool> has_row;
    for (const auto& id : labelled.features.item_ids) has_row.emplace(id, true);
    std::erase_if(items, [&](const Item& item) { return !has_row.contains(item.id); });
  }
  for (const auto& item : items) labelled.truth.push_back(item.capability == Capability::reasoning ? 1 : 0);
  labelled.groups = capability::group_items(items, group_by);
  labelled.items = std::move(items);
  return labelled;
}

void add_training_options(CLI::App& command, capability::TrainingOptions& options) {
  command.add_option("--folds", options.folds, "Folds, outer and inner alike; items on one image stay together")
      ->capture_default_str()
      ->check(CLI::Range(2, 20));
  command
      .add_option_function<std::string>(
          "--group-by",
          [&options](const std::string& name) {
            options.group_by = name == "image" ? capability::GroupBy::image : capability::GroupBy::image_and_question;
          },
          "What keeps items in one fold: question (the same image or the same question), or image alone, where a "
          "benchmark asks the same questions on every image (default: question)")
      ->check(CLI::IsMember({"question", "image"}));
  add_seed_option(command, options.seed, "Deals the folds")->capture_default_str();
}

}  // namespace osler::cli
