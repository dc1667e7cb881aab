#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <numeric>

#include "osler/capability/classifier_file.h"
#include "osler/cli/capability_commands.h"
#include "osler/cli/capability_flow.h"
#include "osler/cli/common.h"

namespace osler::cli {
namespace {

struct TrainOptions : CapabilityOptions {
  std::string output = "capability.json";
};

int train(const TrainOptions& options) {
  const auto evaluated = evaluate_on(options);
  if (!evaluated) return complain(evaluated.error());
  std::vector<std::size_t> all(evaluated->set.labels.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  capability::TrainingOptions training;
  training.seed = options.seed;
  const auto classifier = capability::train_classifier(evaluated->set, all, training);
  if (!classifier) return complain(classifier.error());
  capability::StoredClassifier stored;
  stored.classifier = *classifier;
  stored.trained_on = evaluated->rows.name();
  stored.training_hash = capability::training_hash(evaluated->set);
  stored.seed = options.seed;
  stored.confusion = evaluated->evaluation.confusion;
  stored.no_better_than_majority = evaluated->evaluation.no_better_than_majority();
  stored.metrics = capability::evaluation_json(evaluated->evaluation);
  if (auto status = capability::write_classifier(options.output, stored); !status) return complain(status.error());
  if (options.json) {
    std::cout << dump_json({{"output", options.output},
                            {"embedding", classifier->identity},
                            {"training_hash", stored.training_hash},
                            {"metrics", stored.metrics}},
                           2)
              << '\n';
  } else {
    std::cout << evaluation_text(*evaluated) << options.output << '\n';
  }
  return kDone;
}

}  // namespace

void add_capability_train(CLI::App& capability, Action& action) {
  auto* command = capability.add_subcommand("train", "Learn to tell them apart from the labels of a benchmark");
  auto options = std::make_shared<TrainOptions>();
  add_item_options(*command, *options);
  add_embedding_options(*command, *options);
  command->add_option("-o,--output", options->output, "Classifier to write (JSON)")->capture_default_str();
  command->add_option("--fold-seed", options->seed, "Deals the folds")->capture_default_str();
  command->add_flag("--json", options->json, "One object for programs");
  command->footer("Example:\n  osler capability train --benchmark medxpertqa-mm --output capability.json");
  command->callback([&action, options] { action = [options] { return train(*options); }; });
}

}  // namespace osler::cli
