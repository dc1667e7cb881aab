#include "osler/cli/run_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "osler/cli/capability_labels.h"
#include "osler/cli/common.h"
#include "osler/cli/hub_model.h"
#include "osler/cli/interrupt.h"
#include "osler/cli/model_card_options.h"
#include "osler/cli/progress.h"
#include "osler/core/utf8.h"
#include "osler/dataset/catalog.h"
#include "osler/run/option_orders.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

void report_problems(const RowSet& rows) {
  say_notes(rows);
  constexpr std::size_t kEnough = 5;
  for (std::size_t i = 0; i < std::min(kEnough, rows.problems.size()); ++i) {
    note(printable_line(
        fmt::format("osler: {} item {} {}", rows.benchmark, rows.problems[i].item_id, rows.problems[i].what)));
  }
  if (rows.problems.size() > kEnough) {
    note(fmt::format("osler: {} more; see 'osler data check {}'", rows.problems.size() - kEnough, rows.benchmark));
  }
}

/// Asks the items in the other orders of their options; a limit goes on counting items.
Status permute(RunSpec& spec) {
  auto shifted = in_other_orders(spec.rows.items);
  if (shifted.empty()) {
    return fail(ErrorCode::usage, fmt::format("no item of {} has options that stand in an order", spec.rows.name()), {},
                "leave out --ablate permuted for this benchmark");
  }
  const auto fixed = std::ranges::count_if(spec.rows.items, [](const Item& item) { return !has_other_orders(item); });
  if (fixed > 0) {
    note(fmt::format("osler: {} of {} items of {} have no other orders (open questions, options that name each other)",
                     fixed, spec.rows.items.size(), spec.rows.benchmark));
  }
  if (spec.limit) spec.limit = other_orders_of_first(spec.rows.items, *spec.limit);
  spec.row_set_hash = spec.rows.hash();
  spec.rows.items = std::move(shifted);
  return {};
}

Result<PreparedRun> prepare(const RunOptions& options, const RowSetName& name) {
  auto card = find_card(name.benchmark);
  if (!card) return pass(card);
  auto protocol = find_protocol(options.protocol.empty() ? card->default_protocol : options.protocol);
  if (!protocol) return pass(protocol);
  const auto request = request_for(name, options.rows);
  if (!request) return pass(request);
  std::optional<capability::LabelSet> labels;
  auto rows =
      load_labelled_row_set(*card, *request, data_places(options.data), options.labels,
                            options.labels_may_lack ? WithoutLabels::go_on : WithoutLabels::is_an_error, labels);
  if (!rows) return pass(rows);
  report_problems(*rows);
  *protocol = protocol_for(std::move(*protocol), rows->label());
  set_answer_length(protocol->decoding, options);
  auto grader = make_grader(*protocol, options.model_card);
  if (!grader) return pass(grader);
  RunSpec spec;
  spec.rows = std::move(*rows);
  spec.card_hash = card->hash;
  spec.model_card = options.model_card;
  spec.labels = std::move(labels);
  spec.protocol = std::move(*protocol);
  spec.limit = options.limit;
  spec.ablation = options.ablation;
  spec.retry_errors = options.retry_errors;
  spec.image_limits.max_pixels = options.max_megapixels * 1'000'000;
  spec.verify_sharing = options.verify_sharing;
  if (spec.ablation == Ablation::permuted) {
    if (auto status = permute(spec); !status) return pass(status);
  }
  return PreparedRun{std::move(spec), std::move(*grader)};
}

Status run_one(PreparedRun& run, Engine& engine, const std::string& out, const std::stop_token& stop,
               std::vector<fs::path>& folders) {
  RunSpec& spec = run.spec;
  spec.image_limits.keep_original = engine.wants_original_images();
  if (spec.folder.empty()) {
    spec.folder = run_folder(out, engine.facts().model, spec.rows, spec.protocol.name, spec.ablation);
  }
  note(fmt::format("{} on {}, protocol {}: {} items into {}", engine.facts().model, spec.rows.name(),
                   spec.protocol.name, spec.rows.items.size(), spec.folder.string()));
  Progress progress(fmt::format("{} on {}", engine.facts().model, spec.rows.benchmark));
  const auto totals = execute_run(spec, engine, run.grader, progress, stop);
  progress.finish();
  std::error_code problem;
  const bool graded = fs::exists(spec.folder / "grades.parquet", problem);
  if (!totals) {
    if (graded && totals.error().code != ErrorCode::mismatch) folders.push_back(spec.folder);
    Error error = totals.error();
    if (error.code == ErrorCode::interrupted) error.way_out = "the same command goes on where this one stopped";
    return tl::unexpected<Error>(std::move(error));
  }
  folders.push_back(spec.folder);
  if (totals->kept > 0) note(fmt::format("{} answers were there already", totals->kept));
  if (totals->cached > 0) note(fmt::format("{} answers came from the cache", totals->cached));
  if (totals->check) note(totals->check->sentence());
  return {};
}

}  // namespace

Result<std::vector<PreparedRun>> prepare_runs(const RunOptions& options) {
  std::vector<PreparedRun> prepared;
  std::vector<Error> missing;
  for (const auto& name : options.benchmarks) {
    auto run = prepare(options, name);
    if (!run) {
      missing.push_back(run.error());
      continue;
    }
    prepared.push_back(std::move(*run));
  }
  // Whoever runs a suite wants to hear of all that it lacks, not of one after another.
  for (std::size_t i = 1; i < missing.size(); ++i) note("osler: " + printable_line(missing[i].message()));
  if (!missing.empty()) return tl::unexpected<Error>(std::move(missing.front()));
  if (prepared.empty()) {
    return fail(ErrorCode::usage, "no benchmark was named", {}, "give one with --benchmark");
  }
  return prepared;
}

Status answer_runs(const RunOptions& options, std::vector<PreparedRun>& runs, const std::stop_token& stop,
                   std::vector<fs::path>& folders) {
  EngineOptions engine_options = options;
  if (auto status = fetch_hub_model(engine_options, stop); !status) return status;
  auto engine = open_cached_engine(engine_options, options.cache, stop);
  if (!engine) return pass(engine);
  for (auto& run : runs) {
    run.spec.details.insert(engine_options.source.begin(), engine_options.source.end());
    if (auto status = run_one(run, **engine, options.out, stop, folders); !status) return status;
  }
  return {};
}

Status run_benchmarks(const RunOptions& options, std::vector<fs::path>& folders) {
  if (options.verify_sharing > 0 && is_served(options)) {
    return fail(ErrorCode::usage, "--verify-sharing cannot make a server answer one by one", {},
                "run twice, with --parallel 1 the second time, and compare the runs");
  }
  const InterruptGuard interrupt;
  auto prepared = prepare_runs(options);
  if (!prepared) return pass(prepared);
  return answer_runs(options, *prepared, interrupt.token(), folders);
}

}  // namespace osler::cli
