#include <iostream>
#include <memory>
#include <set>

#include "osler/capability/classifier.h"
#include "osler/cli/capability_commands.h"
#include "osler/cli/capability_flow.h"
#include "osler/cli/capability_view.h"
#include "osler/cli/common.h"
#include "osler/cli/interrupt.h"
#include "osler/cli/progress.h"

namespace osler::cli {
namespace {

struct TrainOptions {
  CapabilityItems items;
  FeatureOptions features;
  capability::TrainingOptions training;
  std::string output;
  bool json = false;
};

std::vector<std::string> identities_of(const std::vector<Item>& items, capability::GroupBy group_by) {
  std::set<std::string> once;
  for (const auto& item : items) once.insert(capability::identity_of(item, group_by));
  return {once.begin(), once.end()};
}

Result<capability::Classifier> train(const TrainOptions& options, const RowSet& rows, const std::stop_token& stop) {
  const auto labelled = labelled_features(rows, options.features, options.training.group_by, stop);
  if (!labelled) return pass(labelled);
  const auto data = labelled->data();
  Progress progress("learning from " + rows.name());
  auto done = capability::cross_validate(
      data, options.training, {stop, [&](std::size_t fits, std::size_t all) { progress.fitted(fits, all); }});
  progress.finish();
  if (!done) return pass(done);
  capability::Classifier classifier;
  classifier.embedding = labelled->features.identity;
  classifier.dimensions = labelled->features.dimensions;
  classifier.options = options.training;
  classifier.evaluation =
      capability::evaluate(done->predictions, data.truth, data.groups.group_of, options.training.seed);
  classifier.source = {rows.name(),
                       rows.hash(),
                       data.truth.size(),
                       classifier.evaluation.confusion.positives(),
                       capability::training_hash(data),
                       identities_of(labelled->items, options.training.group_by)};
  classifier.fitted = std::move(done->whole);
  if (auto status = capability::write_classifier(options.output, classifier); !status) return pass(status);
  return classifier;
}

int train_and_say(const TrainOptions& options) {
  const InterruptGuard interrupt;
  const auto rows = load_capability_items(options.items);
  if (!rows) return complain(rows.error());
  const auto classifier = train(options, *rows, interrupt.token());
  if (!classifier) return complain(classifier.error());
  const EvaluationView view{rows->name(),
                            classifier->embedding,
                            how_of(options.training, classifier->fitted.penalty),
                            classifier->evaluation,
                            {}};
  if (options.json) {
    Json json = evaluation_view_json(view);
    json["classifier"] = classifier->hash;
    json["output"] = options.output;
    std::cout << dump_json(json, 2) << '\n';
  } else {
    std::cout << evaluation_text(view) << options.output << '\n';
  }
  return kDone;
}

}  // namespace

void add_capability_train(CLI::App& capability, Action& action) {
  auto* command = capability.add_subcommand("train", "Learn from a benchmark that has labels; writes a classifier");
  auto options = std::make_shared<TrainOptions>();
  add_capability_items(*command, options->items);
  command->add_option("-o,--output", options->output, "The classifier's file (JSON)")->required();
  add_training_options(*command, options->training);
  command->add_flag("--json", options->json, "One object for programs");
  add_feature_options(*command, options->features);
  command->footer(
      "Example:\n"
      "  osler capability train --benchmark medxpertqa-mm --data ~/data --output capability.json");
  command->callback([&action, options] { action = [options] { return train_and_say(*options); }; });
}

}  // namespace osler::cli
