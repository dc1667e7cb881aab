#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <unordered_map>

#include "osler/capability/classifier_file.h"
#include "osler/capability/labels.h"
#include "osler/cli/capability_commands.h"
#include "osler/cli/capability_flow.h"
#include "osler/cli/common.h"
#include "osler/storage/files.h"

namespace osler::cli {
namespace {

struct LabelOptions : CapabilityOptions {
  std::string classifier;
  std::string output = "labels";
  std::string human;
};

/// What the classifier says of each item; gold labels stay.
Result<capability::Labels> predicted(const RowSet& rows, const capability::StoredClassifier& stored,
                                     const capability::Features& features) {
  const auto probability = capability::probabilities(stored.classifier, features);
  if (!probability) return pass(probability);
  std::unordered_map<std::string, double> of;
  for (std::size_t i = 0; i < probability->size(); ++i) of.emplace(features.item_ids[i], (*probability)[i]);
  capability::Labels labels{rows.name(),
                            rows.hash(),
                            stored.hash,
                            stored.classifier.identity,
                            stored.trained_on,
                            stored.no_better_than_majority,
                            stored.confusion,
                            {},
                            {},
                            {}};
  for (const auto& item : rows.items) {
    capability::Label label{item.capability, {}, "gold"};
    const auto found = of.find(item.id);
    if (item.capability == Capability::unlabeled && found != of.end()) {
      const bool reasoning = found->second >= stored.classifier.threshold;
      label = {reasoning ? Capability::reasoning : Capability::understanding, found->second,
               "classifier " + stored.hash};
    } else if (item.capability == Capability::unlabeled) {
      label.source = "none";
    }
    labels.item_ids.push_back(item.id);
    labels.labels.push_back(std::move(label));
  }
  return labels;
}

/// People override the classifier, not the benchmark; what they say of it is counted first.
Status apply_human(const std::string& file, capability::Labels& labels) {
  const auto human = capability::read_human_labels(file);
  if (!human) return pass(human);
  labels.human = capability::human_confusion(*human, labels);
  std::size_t used = 0;
  for (std::size_t i = 0; i < labels.item_ids.size(); ++i) {
    const auto said = human->find(labels.item_ids[i]);
    if (said == human->end()) continue;
    ++used;
    if (labels.labels[i].source != "gold") labels.labels[i] = {said->second.capability, {}, "human"};
  }
  if (used == human->size()) return {};
  return fail(ErrorCode::mismatch,
              fmt::format("{} of {} labelled items are not in {}", human->size() - used, human->size(), labels.row_set),
              {file}, "label the benchmark that they were drawn from");
}

std::string file_name(const RowSet& rows) {
  std::string name = rows.label();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == ':'; }, '-');
  return name + ".parquet";
}

void print(const LabelOptions& options, const capability::Labels& labels, const std::string& file) {
  std::map<std::string, std::size_t> counts;
  for (const auto& label : labels.labels) {
    ++counts[std::string(name_of(label.capability)) + ", " + label.source.substr(0, label.source.find(' '))];
  }
  if (options.json) {
    std::cout << dump_json({{"output", file},
                            {"row_set", labels.row_set},
                            {"items", labels.item_ids.size()},
                            {"counts", counts},
                            {"no_better_than_majority", labels.no_better_than_majority},
                            {"human", labels.human ? capability::confusion_json(*labels.human) : Json()}})
              << '\n';
    return;
  }
  std::cout << fmt::format("{}: {} items\n", labels.row_set, labels.item_ids.size());
  for (const auto& [what, count] : counts) std::cout << fmt::format("  {:>6}  {}\n", count, what);
  if (labels.no_better_than_majority) std::cout << "The classifier is no better than the majority.\n";
  std::cout << file << '\n';
}

int label(const LabelOptions& options) {
  const auto stored = capability::read_classifier(options.classifier);
  if (!stored) return complain(stored.error());
  const auto rows = load_items(options);
  if (!rows) return complain(rows.error());
  const auto features = features_for(options, *rows);
  if (!features) return complain(features.error());
  auto labels = predicted(*rows, *stored, *features);
  if (!labels) return complain(labels.error());
  if (!options.human.empty()) {
    if (auto status = apply_human(options.human, *labels); !status) return complain(status.error());
  }
  if (auto status = make_writable_folder(options.output); !status) return complain(status.error());
  const std::string file = (std::filesystem::path(options.output) / file_name(*rows)).string();
  if (auto status = capability::write_labels(file, *labels); !status) return complain(status.error());
  print(options, *labels, file);
  return kDone;
}

}  // namespace

void add_capability_label(CLI::App& capability, Action& action) {
  auto* command = capability.add_subcommand("label", "Label the items of a benchmark");
  auto options = std::make_shared<LabelOptions>();
  add_item_options(*command, *options);
  add_embedding_options(*command, *options);
  command->add_option("-c,--classifier", options->classifier, "What 'osler capability train' wrote")->required();
  command->add_option("-o,--output", options->output, "Folder for BENCHMARK.parquet and .json")->capture_default_str();
  command->add_option("--human", options->human, "CSV of item,label by people, which override the classifier");
  command->add_flag("--json", options->json, "One object for programs");
  command->footer(
      "Labels of the benchmark itself always win.\n"
      "Example:\n  osler capability label --benchmark vqa-rad --classifier capability.json");
  command->callback([&action, options] { action = [options] { return label(*options); }; });
}

}  // namespace osler::cli
