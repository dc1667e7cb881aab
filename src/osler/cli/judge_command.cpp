#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "osler/cli/cache_options.h"
#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/engines.h"
#include "osler/cli/hub_model.h"
#include "osler/cli/interrupt.h"
#include "osler/cli/judge_certify.h"
#include "osler/cli/progress.h"
#include "osler/core/utf8.h"
#include "osler/run/judging.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

struct JudgeCommandOptions : EngineOptions {
  CacheOptions cache;
  std::vector<std::string> paths;
  std::string protocol;
  std::string prompt = "default";
  JudgingOptions judging;
  CertifyOptions certify;
};

void say_totals(const JudgingTotals& totals) {
  if (totals.kept > 0) note(fmt::format("{} verdicts were there already", totals.kept));
  if (totals.cached > 0) note(fmt::format("{} replies came from the cache", totals.cached));
  if (totals.no_verdict > 0) note(fmt::format("without a verdict in the reply: {} (unparsed)", totals.no_verdict));
  if (totals.failed > 0) {
    note(fmt::format("could not be judged: {} (they count as errors; --retry-errors asks again)", totals.failed));
  }
  if (totals.unjudged > 0) {
    note(fmt::format("not judged yet: {} (they count as errors; the same command without --limit goes on)",
                     totals.unjudged));
  }
}

Status judge_one(RunToJudge& run, const Judge& judge, const JudgingOptions& options, Engine& engine,
                 const std::stop_token& stop) {
  const std::string name = judge_name(engine.facts().model, judge);
  const std::string subject = fmt::format("{} on {}", run.manifest.model, run.manifest.benchmark);
  note(printable_line(fmt::format("{} judges {}: {} open answers into {}", name, subject, run.answers(),
                                  judge_folder(run.folder, name).string())));
  Progress progress(printable_line(fmt::format("{} judges {}", name, subject)));
  const auto totals = judge_run(run, judge, options, engine, progress, stop);
  progress.finish();
  if (!totals) {
    Error error = totals.error();
    if (error.code == ErrorCode::interrupted) error.way_out = "the same command goes on where this one stopped";
    return tl::unexpected<Error>(std::move(error));
  }
  say_totals(*totals);
  return {};
}

/// Judges the runs one after another; `judged` gets those that have new grades.
Status judge_all(const JudgeCommandOptions& options, const std::vector<fs::path>& folders,
                 std::vector<fs::path>& judged) {
  const InterruptGuard interrupt;
  const auto judge = find_judge(options.prompt);
  if (!judge) return pass(judge);
  if (const auto reader = VerdictReader::make(*judge); !reader) return pass(reader);
  std::unique_ptr<Engine> engine;
  JudgingOptions judging = options.judging;
  for (const auto& folder : folders) {
    auto run = load_run_to_judge(folder, options.protocol);
    if (!run) return pass(run);
    if (run->answers() == 0) {
      note(fmt::format("{}: no answer to an open item was read, so there is nothing to judge", folder.string()));
      continue;
    }
    if (engine == nullptr) {
      EngineOptions found = options;
      if (auto status = fetch_hub_model(found, interrupt.token()); !status) return status;
      auto opened = open_cached_engine(found, options.cache, interrupt.token());
      if (!opened) return pass(opened);
      engine = std::move(*opened);
      judging.details = found.source;
    }
    auto status = judge_one(*run, *judge, judging, *engine, interrupt.token());
    // In these cases what was said is in the grades; in others they are as they were.
    const bool graded =
        status || status.error().code == ErrorCode::interrupted || status.error().code == ErrorCode::engine;
    if (graded) judged.push_back(folder);
    if (!status) return status;
  }
  return {};
}

int run_judge(JudgeCommandOptions& options) {
  if (const auto named = name_hub_model(options); !named) return complain(named.error());
  const auto folders = find_runs(options.paths);
  if (!folders) return complain(folders.error());
  std::vector<fs::path> judged;
  const auto status = judge_all(options, *folders, judged);
  if (!judged.empty()) {
    const int printed = print_report(judged, report::Format::text, {});
    if (printed != kDone) return printed;
  }
  return status ? kDone : complain(status.error());
}

int run_certify(const JudgeCommandOptions& options) {
  const auto folders = find_runs(options.paths);
  if (!folders) return complain(folders.error());
  if (folders->size() != 1) {
    return complain({ErrorCode::usage,
                     fmt::format("--certify is for one run, and here are {}", folders->size()),
                     {},
                     "name the folder of the run that people have judged"});
  }
  const auto run = load_run_to_judge(folders->front(), options.protocol);
  if (!run) return complain(run.error());
  const auto text = certify(*run, options.certify);
  if (!text) return complain(text.error());
  std::cout << *text << std::flush;
  return kDone;
}

int judge_or_certify(JudgeCommandOptions& options) {
  if (!options.certify.human_file.empty()) return run_certify(options);
  if (!options.model.empty()) return run_judge(options);
  return complain({ErrorCode::usage,
                   "no judge was named",
                   {},
                   "give a model with --model, or what people said with --certify; see 'osler judge --help'"});
}

}  // namespace

void add_judge_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("judge", "Let a model judge open answers, or compare a judge with people");
  auto options = std::make_shared<JudgeCommandOptions>();
  command->add_option("run", options->paths, "Folders of runs, or folders above them")->required();
  auto* model = command->add_option(
      "-m,--model", options->model,
      "The judge: path.gguf, hf:ORG/NAME[:QUANT], a model card's name, or replay:FILE for recorded replies");
  command->add_option("--prompt", options->prompt, "How to ask: a judge's name, or the path of a file (.yaml)")
      ->capture_default_str();
  command->add_option("-p,--protocol", options->protocol, "Rules that read the answers (default: those of the run)");
  command->add_option("-n,--limit", options->judging.limit, "Only the first N answers of a run")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  command->add_flag("--retry-errors", options->judging.retry_errors, "Ask again where the judge failed before");
  auto* certify = command->add_option_group("Certification", "What a judge is worth; needs no model");
  auto* human = certify->add_option("--certify", options->certify.human_file,
                                    "CSV file with the columns item and verdict (correct, incorrect), by people");
  certify->add_option("--judge", options->certify.judge, "Whose verdicts, if several judges have spoken")->needs(human);
  certify->add_flag("--json", options->certify.json, "An object for programs")->needs(human);
  human->excludes(model);
  add_cache_options(*command, options->cache);
  add_engine_options(*command, *options);
  command->footer(
      "Verdicts replace exact match in grades.parquet; 'osler grade RUN' returns to it. Starting the same command\n"
      "again asks only what is missing.\n"
      "Examples:\n"
      "  osler judge runs/my-model/vqa-rad --model Qwen2.5-VL-7B-Q4_K_M.gguf\n"
      "  osler judge runs/my-model/vqa-rad/paper --certify human.csv");
  command->callback([&action, options] { action = [options] { return judge_or_certify(*options); }; });
}

}  // namespace osler::cli
