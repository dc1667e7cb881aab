#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <unordered_map>
#include <utility>

#include "osler/capability/classifier.h"
#include "osler/capability/labels.h"
#include "osler/cli/capability_commands.h"
#include "osler/cli/capability_flow.h"
#include "osler/cli/capability_human.h"
#include "osler/cli/common.h"
#include "osler/cli/interrupt.h"
#include "osler/core/utf8.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

using capability::ItemLabel;
using capability::LabelSet;
using capability::LabelSource;

struct LabelOptions {
  CapabilityItems items;
  FeatureOptions features;
  std::string classifier;
  std::string human;
  std::string output = "labels";
  bool json = false;
};

/// What the benchmark itself says; the others are still unlabelled.
LabelSet gold_labels(const RowSet& rows, const capability::Classifier& classifier) {
  LabelSet labels;
  labels.benchmark = rows.label();
  labels.row_set = rows.name();
  labels.row_set_hash = rows.hash();
  labels.classifier = classifier.hash;
  labels.embedding = classifier.embedding;
  labels.trained_on = classifier.source.row_set;
  labels.quality = {
      capability::label_errors(classifier.evaluation), classifier.evaluation.balanced_accuracy,
      classifier.evaluation.auroc,
      fmt::format("nested cross-validation on {} items of {}", classifier.source.items, classifier.source.row_set)};
  for (const auto& item : rows.items) {
    const bool has_gold = item.capability != Capability::unlabeled;
    labels.items.push_back({item.id,
                            item.capability,
                            has_gold ? LabelSource::gold : LabelSource::classifier,
                            {},
                            {},
                            capability::text_hash(item)});
  }
  return labels;
}

/// Labels the items that the benchmark does not.
Status add_predictions(LabelSet& labels, const RowSet& rows, const capability::Classifier& classifier,
                       const FeatureOptions& options, const std::stop_token& stop) {
  std::vector<Item> open;
  for (const auto& item : rows.items) {
    if (item.capability == Capability::unlabeled) open.push_back(item);
  }
  if (open.empty()) return {};
  const auto features = features_for(open, options, stop);
  if (!features) return pass(features);
  if (auto status = capability::check_features(classifier, *features); !status) return status;
  const auto predictions = capability::classify(classifier, *features);
  if (!predictions) return pass(predictions);
  std::unordered_map<std::string_view, const capability::Prediction*> predicted;
  for (std::size_t i = 0; i < predictions->size(); ++i) predicted.emplace(features->item_ids[i], &(*predictions)[i]);
  for (auto& label : labels.items) {
    const auto found = predicted.find(label.id);
    if (label.source == LabelSource::gold || found == predicted.end()) continue;
    const bool reasoning = found->second->decision > 0.0;
    label.capability = reasoning ? Capability::reasoning : Capability::understanding;
    label.predicted = reasoning;
    label.probability = found->second->probability;
  }
  return {};
}

/// People's labels in place of predicted ones; what they say of the classifier takes the place of cross-validation.
Status add_people(LabelSet& labels, const std::string& file) {
  const auto people = read_human_labels(file);
  if (!people) return pass(people);
  std::unordered_map<std::string_view, ItemLabel*> by_id;
  for (auto& label : labels.items) by_id.emplace(label.id, &label);
  for (const auto& person : *people) {
    if (by_id.contains(person.id)) continue;
    return fail(
        ErrorCode::mismatch,
        fmt::format("labels the item '{}', which {} does not have", utf8_beginning(person.id, 60), labels.row_set),
        {file}, "give the labels of this benchmark");
  }
  if (auto quality = capability::quality_from_people(labels, *people)) {
    labels.quality = std::move(*quality);
  } else if (quality.error().code != ErrorCode::unsupported) {
    return fail(quality.error().code, quality.error().what, {file}, quality.error().way_out);
  } else {
    note("osler: " + printable_line(quality.error().message()) + "; the errors are those of cross-validation");
  }
  std::size_t against_gold = 0;
  for (const auto& person : *people) {
    auto& label = *by_id.at(person.id);
    if (label.source == LabelSource::gold) {
      against_gold += label.capability == person.capability ? 0U : 1U;
      continue;
    }
    label.capability = person.capability;
    label.source = LabelSource::human;
  }
  if (against_gold > 0) {
    note(fmt::format("osler: {} labels differ from the benchmark's own, which count", against_gold));
  }
  return {};
}

Result<LabelSet> make_labels(const LabelOptions& options, const std::stop_token& stop) {
  const auto classifier = capability::read_classifier(options.classifier);
  if (!classifier) return pass(classifier);
  const auto rows = load_capability_items(options.items);
  if (!rows) return pass(rows);
  auto labels = gold_labels(*rows, *classifier);
  if (auto status = add_predictions(labels, *rows, *classifier, options.features, stop); !status) return pass(status);
  if (!options.human.empty()) {
    if (auto status = add_people(labels, options.human); !status) return pass(status);
  }
  return labels;
}

/// Whether the classifier can have said what it says here with the errors that are known of it.
bool errors_fit(const LabelSet& labels) {
  double reasoning = 0.0;
  double all = 0.0;
  for (const auto& item : labels.items) {
    reasoning += item.predicted.value_or(false) ? 1.0 : 0.0;
    all += item.predicted ? 1.0 : 0.0;
  }
  return stats::errors_allow(reasoning, all, labels.quality.errors);
}

std::string summary(const LabelSet& labels, const std::string& file, bool as_json) {
  std::unordered_map<Capability, std::size_t> counts;
  std::unordered_map<LabelSource, std::size_t> sources;
  for (const auto& item : labels.items) {
    ++counts[item.capability];
    if (item.capability != Capability::unlabeled) ++sources[item.source];
  }
  const auto& quality = labels.quality;
  if (as_json) {
    return dump_json({{"benchmark", labels.benchmark},
                      {"row_set", labels.row_set},
                      {"items", labels.items.size()},
                      {"reasoning", counts[Capability::reasoning]},
                      {"understanding", counts[Capability::understanding]},
                      {"unlabeled", counts[Capability::unlabeled]},
                      {"gold", sources[LabelSource::gold]},
                      {"human", sources[LabelSource::human]},
                      {"predicted", sources[LabelSource::classifier]},
                      {"classifier", labels.classifier},
                      {"measured_on", quality.measured_on},
                      {"sensitivity", quality.errors.sensitivity},
                      {"specificity", quality.errors.specificity},
                      {"no_better_than_majority", quality.no_better_than_majority()},
                      {"errors_fit", errors_fit(labels)},
                      {"output", file}},
                     2) +
           "\n";
  }
  std::string text =
      printable_line(labels.row_set) + fmt::format(": {} items, {} reasoning, {} understanding, {} without a label\n",
                                                   labels.items.size(), counts[Capability::reasoning],
                                                   counts[Capability::understanding], counts[Capability::unlabeled]);
  text +=
      fmt::format("labels: {} the benchmark's own, {} by people, {} by the classifier {}\n", sources[LabelSource::gold],
                  sources[LabelSource::human], sources[LabelSource::classifier], labels.classifier.substr(0, 8));
  text += fmt::format("it labels {:.1f}% of reasoning and {:.1f}% of understanding rightly ({})\n",
                      100.0 * quality.errors.sensitivity, 100.0 * quality.errors.specificity,
                      printable_line(quality.measured_on));
  if (quality.no_better_than_majority()) {
    text += "which is no better than the majority: a split by these labels says nothing\n";
  }
  if (!errors_fit(labels)) {
    text += fmt::format(
        "but of so many items it can then call no less than {:.1f}% and no more than {:.1f}% reasoning: these errors\n"
        "are not those on this benchmark, which people can tell (osler capability sample)\n",
        100.0 * (1.0 - quality.errors.specificity), 100.0 * quality.errors.sensitivity);
  }
  return text + file + "\n";
}

int label(const LabelOptions& options) {
  const InterruptGuard interrupt;
  const auto labels = make_labels(options, interrupt.token());
  if (!labels) return complain(labels.error());
  if (auto status = make_writable_folder(options.output); !status) return complain(status.error());
  const auto file = std::filesystem::path(options.output) / capability::labels_file_name(labels->benchmark);
  if (auto status = capability::write_labels(file, *labels); !status) return complain(status.error());
  std::cout << summary(*labels, file.string(), options.json);
  return kDone;
}

}  // namespace

void add_capability_label(CLI::App& capability, Action& action) {
  auto* command = capability.add_subcommand("label", "Label the items of a benchmark that has no labels");
  auto options = std::make_shared<LabelOptions>();
  add_capability_items(*command, options->items);
  command->add_option("-c,--classifier", options->classifier, "What 'osler capability train' wrote")->required();
  command->add_option("--human", options->human,
                      "CSV with the columns item and label: they count instead, and say how the classifier errs here");
  command->add_option("-o,--output", options->output, "Folder for the labels, a file for each benchmark")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One object for programs");
  add_feature_options(*command, options->features);
  command->footer(
      "Labels of the benchmark itself always count.\n"
      "Example:\n"
      "  osler capability label --benchmark slake --data ~/data --classifier capability.json --output labels");
  command->callback([&action, options] { action = [options] { return label(*options); }; });
}

}  // namespace osler::cli
