#include "osler/cli/capability_flow.h"

#include <fmt/format.h>

#include <utility>

#include "osler/capability/embedding_file.h"
#include "osler/capability/text_features.h"
#include "osler/cli/common.h"
#include "osler/cli/interrupt.h"
#include "osler/core/utf8.h"
#include "osler/report/text_table.h"

namespace osler::cli {
namespace {

constexpr std::string_view kFile = "file:";

Result<capability::Features> features_of_file(const CapabilityOptions& options) {
  const std::string path = options.embedding.substr(kFile.size());
  std::string identity = options.embedding_identity;
  if (identity.empty()) {
    identity = "unnamed vectors";
    note("osler: --embedding-identity does not say what made these vectors: nobody can check that they fit together");
  }
  const auto set = capability::read_embedding_file(path, identity);
  if (!set) return pass(set);
  return capability::features_of(*set);
}

Result<capability::Features> features_of_model(const CapabilityOptions& options, const RowSet& rows) {
  const InterruptGuard interrupt;
  EmbedOptions embed = options;
  embed.model = options.embedding;
  const auto embedder = open_embedder(embed, interrupt.token());
  if (!embedder) return pass(embedder);
  auto embedded = embed_items(**embedder, rows.items, embed, interrupt.token());
  if (!embedded) return pass(embedded);
  if (!embedded->errors.empty()) {
    note(printable_line(fmt::format("osler: {} items have no vector; the first, {}: {}", embedded->errors.size(),
                                    embedded->errors[0].first, embedded->errors[0].second)));
  }
  return capability::features_of({std::move(embedded->identity), embedded->dimensions, std::move(embedded->item_ids),
                                  std::move(embedded->values)});
}

}  // namespace

void add_item_options(CLI::App& command, CapabilityOptions& options) {
  command
      .add_option("-b,--benchmark", options.benchmark,
                  "A row set: BENCHMARK[:SPLIT][/SUBSET], or the path of a benchmark's card")
      ->required();
  command.add_option("-d,--data", options.data,
                     "Folder to look in first (then $OSLER_DATA, then the Hugging Face cache)");
  command.add_option("--split", options.rows.split, "Split of the benchmark (default: test)");
  command.add_option("--form", options.rows.form, "Form on disk to use, when several are there");
}

void add_embedding_options(CLI::App& command, CapabilityOptions& options) {
  command
      .add_option(
          "-e,--embedding", options.embedding,
          "What describes an item: text (words of the question, no model), file:VECTORS.parquet or .jsonl, or a "
          "model as 'osler embed' takes it")
      ->capture_default_str();
  command.add_option("--embedding-identity", options.embedding_identity,
                     "What made the vectors of a file, as 'osler embed' says it");
  add_embed_options(command, options);
}

Result<RowSet> load_items(const CapabilityOptions& options) {
  return load_one_row_set(options.benchmark, options.rows, options.data);
}

Result<capability::Features> features_for(const CapabilityOptions& options, const RowSet& rows) {
  if (options.embedding == "text") return capability::text_features(rows.items);
  if (options.embedding.starts_with(kFile)) return features_of_file(options);
  return features_of_model(options, rows);
}

Result<Evaluated> evaluate_on(const CapabilityOptions& options) {
  auto rows = load_items(options);
  if (!rows) return pass(rows);
  const auto features = features_for(options, *rows);
  if (!features) return pass(features);
  auto set = capability::training_set(rows->items, *features);
  if (!set) return pass(set);
  capability::EvaluationOptions evaluation_options;
  evaluation_options.training.seed = options.seed;
  auto evaluation = capability::evaluate_classifier(*set, evaluation_options);
  if (!evaluation) return pass(evaluation);
  return Evaluated{std::move(*rows), std::move(*set), std::move(*evaluation)};
}

std::string evaluation_text(const Evaluated& evaluated) {
  const auto& evaluation = evaluated.evaluation;
  std::string text = fmt::format("{}: {} items in {} groups, {} of reasoning; features: {}\n\n", evaluated.rows.name(),
                                 evaluation.items, evaluation.groups, evaluation.confusion.positives(),
                                 evaluated.set.features.identity);
  report::TextTable table({"Measure", "Value", "95% interval"}, {false, true, true});
  const auto add = [&table](const char* name, const capability::Estimate& estimate) {
    table.add({name, fmt::format("{:.3f}", estimate.value),
               fmt::format("{:.3f} to {:.3f}", estimate.interval.low, estimate.interval.high)});
  };
  add("accuracy", evaluation.accuracy);
  table.add({"  of the majority", fmt::format("{:.3f}", evaluation.majority), ""});
  add("balanced accuracy", evaluation.balanced_accuracy);
  add("AUROC", evaluation.auroc);
  add("Brier score", evaluation.brier);
  add("calibration slope", evaluation.calibration_slope);
  table.add({"calibration error", fmt::format("{:.3f}", evaluation.ece), ""});
  text += table.text();
  const auto& confusion = evaluation.confusion;
  report::TextTable counts({"", "said reasoning", "said understanding"}, {false, true, true});
  counts.add({"reasoning", std::to_string(confusion.true_positives), std::to_string(confusion.false_negatives)});
  counts.add({"understanding", std::to_string(confusion.false_positives), std::to_string(confusion.true_negatives)});
  text += "\n" + counts.text();
  report::TextTable curve({"Learned from", "Balanced accuracy", "AUROC"}, {true, true, true});
  for (const auto& point : evaluation.curve) {
    curve.add({fmt::format("{:.0f}", point.items), fmt::format("{:.3f}", point.balanced_accuracy),
               fmt::format("{:.3f}", point.auroc)});
  }
  text += "\n" + curve.text();
  text += evaluation.no_better_than_majority()
              ? "\nNo better than the majority: a split by this classifier means nothing.\n"
              : "\nBetter than the majority.\n";
  return text;
}

}  // namespace osler::cli
