#include <fmt/format.h>

#include <array>
#include <iostream>
#include <memory>
#include <utility>

#include "osler/capability/classifier.h"
#include "osler/cli/capability_commands.h"
#include "osler/cli/capability_flow.h"
#include "osler/cli/capability_view.h"
#include "osler/cli/common.h"
#include "osler/cli/interrupt.h"
#include "osler/cli/progress.h"
#include "osler/core/utf8.h"

namespace osler::cli {
namespace {

struct EvaluateOptions {
  CapabilityItems items;
  FeatureOptions features;
  capability::TrainingOptions training;
  std::string classifier;
  bool json = false;
};

/// How well a classifier of these features would do: in nested cross-validation, with a learning curve.
Result<EvaluationView> evaluate_features(const EvaluateOptions& options, const RowSet& rows,
                                         const std::stop_token& stop) {
  const auto labelled = labelled_features(rows, options.features, options.training.group_by, stop);
  if (!labelled) return pass(labelled);
  const auto data = labelled->data();
  const auto& groups = data.groups.group_of;
  Progress progress("learning from " + rows.name());
  const capability::TrainingWatch watch{stop, [&](std::size_t done, std::size_t all) { progress.fitted(done, all); }};
  const auto done = capability::cross_validate(data, options.training, watch);
  if (!done) return pass(done);
  constexpr std::array<double, 4> kShares{0.1, 0.25, 0.5, 1.0};
  const auto curve = capability::learning_curve(data, *done, kShares, options.training, {stop, {}});
  progress.finish();
  if (!curve) return pass(curve);
  EvaluationView view{rows.name(),
                      labelled->features.identity,
                      how_of(options.training, done->whole.penalty),
                      capability::evaluate(done->predictions, data.truth, groups, options.training.seed),
                      {}};
  for (const auto& point : *curve) {
    view.curve.push_back({point.share, point.rows,
                          capability::evaluate_curve(point.decisions, point.probabilities, data.truth, groups)});
  }
  return view;
}

/// Leaves out what the classifier learned from: of that it knows the answer.
Status leave_out_seen(RowSet& rows, const capability::Classifier& classifier) {
  const auto before = rows.items.size();
  std::erase_if(rows.items, [&](const Item& item) { return capability::has_seen(classifier, item); });
  const auto seen = before - rows.items.size();
  if (seen == 0) return {};
  if (rows.items.empty()) {
    return fail(ErrorCode::usage, fmt::format("the classifier learned from {}", rows.name()), {},
                "leave out --classifier: cross-validation says how such a classifier does on what it has not seen");
  }
  note(
      printable_line(fmt::format("osler: {} of {} items of {} are among those that the classifier learned from; they "
                                 "are left out",
                                 seen, before, rows.name())));
  return {};
}

/// How well a classifier does on a benchmark that it did not learn from.
Result<EvaluationView> evaluate_classifier(const EvaluateOptions& options, RowSet& rows, const std::stop_token& stop) {
  const auto classifier = capability::read_classifier(options.classifier);
  if (!classifier) return pass(classifier);
  if (auto status = leave_out_seen(rows, *classifier); !status) return pass(status);
  const auto labelled = labelled_features(rows, options.features, options.training.group_by, stop);
  if (!labelled) return pass(labelled);
  if (auto status = capability::check_features(*classifier, labelled->features); !status) return pass(status);
  const auto data = labelled->data();
  const std::size_t reasoning = static_cast<std::size_t>(std::ranges::count(data.truth, 1));
  if (reasoning == 0 || reasoning == data.truth.size()) {
    return fail(ErrorCode::unsupported, fmt::format("all labelled items of {} are of one class", rows.name()), {},
                "take a benchmark with both");
  }
  const auto predictions = capability::classify(*classifier, labelled->features);
  if (!predictions) return pass(predictions);
  return EvaluationView{rows.name(),
                        labelled->features.identity,
                        fmt::format("by the classifier {} that learned from {}", classifier->hash.substr(0, 8),
                                    classifier->source.row_set),
                        capability::evaluate(*predictions, data.truth, data.groups.group_of, options.training.seed),
                        {}};
}

int evaluate(const EvaluateOptions& options) {
  const InterruptGuard interrupt;
  auto rows = load_capability_items(options.items);
  if (!rows) return complain(rows.error());
  const auto view = options.classifier.empty() ? evaluate_features(options, *rows, interrupt.token())
                                               : evaluate_classifier(options, *rows, interrupt.token());
  if (!view) return complain(view.error());
  std::cout << (options.json ? dump_json(evaluation_view_json(*view), 2) + "\n" : evaluation_text(*view));
  return kDone;
}

}  // namespace

void add_capability_evaluate(CLI::App& capability, Action& action) {
  auto* command = capability.add_subcommand("evaluate", "How good labels by such a classifier are");
  auto options = std::make_shared<EvaluateOptions>();
  add_capability_items(*command, options->items);
  command->add_option("-c,--classifier", options->classifier,
                      "A classifier that learned from another benchmark (default: nested cross-validation)");
  add_training_options(*command, options->training);
  command->add_flag("--json", options->json, "One object for programs");
  add_feature_options(*command, options->features);
  command->footer(
      "Example:\n"
      "  osler capability evaluate --benchmark medxpertqa-mm --data ~/data\n"
      "  osler capability evaluate --benchmark medxpertqa-mm --data ~/data --embedding file:vectors.parquet --json");
  command->callback([&action, options] { action = [options] { return evaluate(*options); }; });
}

}  // namespace osler::cli
