#include "osler/cli/study_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "osler/cli/common.h"
#include "osler/cli/demo_files.h"
#include "osler/cli/interrupt.h"
#include "osler/cli/model_card_options.h"
#include "osler/cli/run_flow.h"
#include "osler/core/utf8.h"
#include "osler/run/grading.h"
#include "osler/run/manifest.h"
#include "osler/run/run_labels.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// One command line's worth of runs: a model under one protocol and one control.
struct Leg {
  std::size_t model = 0;
  std::string protocol;
  Ablation control = Ablation::none;
};

/// The options of `osler run` for a model of the study, read as the command line would be: one spelling, one check.
Result<RunOptions> run_options(const Study& study, const StudyModel& model, const StudyOptions& options) {
  RunOptions run;
  CLI::App app("study");
  add_run_options(app, run);
  std::vector<std::string> words{"--model", model.model, "--benchmark", "phantom"};
  for (const auto* more : {&study.options, &model.options, &options.settings}) {
    words.insert(words.end(), more->begin(), more->end());
  }
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::usage,
                fmt::format("the options of {} are not those of 'osler run' ({})", model.name, error.what()),
                {study.name}, "'osler run --help' lists them");
  }
  run.names = study.benchmarks;
  run.limit = options.limit;
  run.data = options.data;
  run.labels = study.labels;
  run.labels_may_lack = true;
  return run;
}

/// Whether a folder holds the finished run that is about to be made, as far as that can be said without its model.
bool is_finished(const PreparedRun& run) {
  const RunSpec& spec = run.spec;
  const auto manifest = read_manifest(spec.folder);
  if (!manifest || manifest->finished.empty()) return false;
  const auto same = [&manifest](const char* key, const std::string& value) {
    const auto found = manifest->identity.find(key);
    return found != manifest->identity.end() && found->second == value;
  };
  const auto details = manifest->details.find("study_model");
  std::error_code problem;
  return fs::exists(spec.folder / "grades.parquet", problem) && manifest->answered >= spec.rows.items.size() &&
         same("row_set_hash", spec.asked_hash()) && same("card_sha256", spec.card_hash) &&
         same("protocol_sha256", spec.protocol.hash) &&
         same("max_new_tokens", std::to_string(spec.protocol.decoding.max_new_tokens)) &&
         details != manifest->details.end() && details->second == spec.details.at("study_model");
}

/// Gives a finished run the labels that it is to have, and grades it again where they are others than it keeps.
Status keep_labels(const PreparedRun& run) {
  const RunSpec& spec = run.spec;
  if (!spec.labels) return {};
  const auto kept = recorded_labels(spec.folder);
  if (kept && say_the_same(*kept, spec.labels, spec.rows.items)) return {};
  if (auto status = record_labels(spec.folder, *spec.labels, spec.rows.items); !status) return status;
  const auto graded = grade_run(spec.folder, spec.protocol, run.grader);
  return graded ? Status() : pass(graded);
}

/// Whether a folder holds grades of this model: another's, under the same name, are not shown for it.
bool is_of(const fs::path& folder, const StudyModel& model) {
  std::error_code problem;
  if (!fs::exists(folder / "grades.parquet", problem)) return false;
  const auto manifest = read_manifest(folder);
  if (!manifest) return false;
  const auto found = manifest->details.find("study_model");
  return found != manifest->details.end() && found->second == model.model;
}

/// The runs of a study, one leg after another.
class StudyRunner {
 public:
  StudyRunner(const Study& study, const StudyOptions& options)
      : study_(study), options_(options), out_(study_folder(study, options)) {}

  Result<StudyProgress> run() {
    if (study_.phantom && !options_.report_only) {
      if (auto status = write_demo_files(out_, study_.phantom->seed, study_.phantom->images); !status) {
        return pass(status);
      }
    }
    for (std::size_t i = 0; i < study_.models.size() && !progress_.interrupted; ++i) {
      if (auto status = run_model(i); !status) return pass(status);
    }
    return std::move(progress_);
  }

 private:
  /// All runs of a model, which is loaded once, and only if something is missing.
  Status run_model(std::size_t index) {
    const StudyModel& model = study_.models[index];
    auto options = run_options(study_, model, options_);
    if (!options) return pass(options);
    use_phantom(*options);
    if (auto status = resolve_benchmarks(*options); !status) return status;
    if (!options_.report_only) {
      if (auto taken = take_model_card(*options); !taken) return missed(model.name, taken.error());
    }
    std::vector<PreparedRun> pending;
    std::vector<StudyRun> wanted;
    for (const auto& protocol : study_.protocols) {
      prepare_leg({index, protocol, Ablation::none}, *options, pending, wanted);
      for (const auto control : study_.controls) prepare_leg({index, protocol, control}, *options, pending, wanted);
    }
    if (!pending.empty() && !options_.report_only) answer(model, *options, pending);
    // Those of a model that failed half way are there as well.
    for (auto& run : wanted) {
      if (is_of(run.folder, model)) progress_.runs.push_back(std::move(run));
    }
    return {};
  }

  void use_phantom(RunOptions& options) const {
    if (!study_.phantom) return;
    const auto files = demo_files(out_);
    for (auto& name : options.names) {
      if (name == "phantom") name = files.card.string();
    }
    if (options.data.empty()) options.data = files.data.string();
    if (const auto own = files.models.find(options.model); own != files.models.end()) {
      options.model = own->second.string();
    }
  }

  void prepare_leg(const Leg& leg, RunOptions options, std::vector<PreparedRun>& pending,
                   std::vector<StudyRun>& wanted) {
    options.protocol = leg.protocol;
    options.ablation = leg.control;
    const StudyModel& model = study_.models[leg.model];
    const auto benchmarks = std::exchange(options.benchmarks, {});
    for (const auto& benchmark : benchmarks) {
      options.benchmarks = {benchmark};
      auto prepared = prepare_runs(options);
      if (!prepared) {
        note_missing(benchmark.benchmark, prepared.error());
        continue;
      }
      PreparedRun& run = prepared->front();
      run.spec.folder = run_folder(out_ / "runs", model.name, run.spec.rows, run.spec.protocol.name, run.spec.ablation);
      run.spec.details["study"] = study_.name;
      run.spec.details["study_model"] = model.model;
      ++progress_.wanted;
      wanted.push_back({leg.model, leg.protocol, leg.control, run.spec.folder});
      note_unlabelled(run.spec);
      if (is_finished(run)) {
        ++progress_.there;
        if (auto status = keep_labels(run); !status) note_missing(benchmark.benchmark, status.error());
      } else {
        pending.push_back(std::move(run));
      }
    }
  }

  void answer(const StudyModel& model, const RunOptions& options, std::vector<PreparedRun>& pending) {
    std::vector<fs::path> folders;
    const InterruptGuard interrupt;
    if (auto status = answer_runs(options, pending, interrupt.token(), folders); !status) {
      progress_.interrupted = status.error().code == ErrorCode::interrupted;
      progress_.missed.push_back(fmt::format("{}: {}", model.name, status.error().message()));
    }
  }

  Status missed(const std::string& what, const Error& error) {
    progress_.missed.push_back(fmt::format("{}: {}", what, error.message()));
    return {};
  }

  /// A benchmark that is missing is missing for every model: it is said once.
  void note_missing(const std::string& benchmark, const Error& error) {
    auto text = fmt::format("{}: {}", benchmark, error.message());
    if (std::ranges::find(progress_.missed, text) == progress_.missed.end())
      progress_.missed.push_back(std::move(text));
  }

  /// A benchmark that the labels leave out is run, and not split.
  void note_unlabelled(const RunSpec& spec) {
    const bool lacks = !study_.labels.empty() && !spec.labels && spec.ablation == Ablation::none &&
                       std::ranges::count(spec.rows.items, Capability::unlabeled, &Item::capability) > 0;
    if (!lacks || !unlabelled_.insert(spec.rows.label()).second) return;
    note(printable_line(
        fmt::format("osler: {} has no labels of {}; its accuracy is not split", study_.labels, spec.rows.label())));
  }

  const Study& study_;
  const StudyOptions& options_;
  fs::path out_;
  StudyProgress progress_;
  std::set<std::string> unlabelled_;  ///< Benchmarks of which it was said.
};

std::string known_models(const Study& study) {
  std::string names;
  for (const auto& model : study.models) names += (names.empty() ? "" : ", ") + model.name;
  return names;
}

StudyModel* find_model(Study& study, const std::string& name) {
  const auto found = std::ranges::find(study.models, name, &StudyModel::name);
  return found == study.models.end() ? nullptr : &*found;
}

}  // namespace

Status adjust_study(Study& study, const StudyOptions& options) {
  const auto unknown = [&study](const std::string& name) {
    return fail(ErrorCode::usage, fmt::format("the study {} has no model '{}'", study.name, printable_line(name)), {},
                fmt::format("use one of {}", known_models(study)));
  };
  for (const auto& use : options.use) {
    const auto sign = use.find('=');
    if (sign == std::string::npos || sign + 1 == use.size()) {
      return fail(ErrorCode::usage, fmt::format("--use {} is not NAME=MODEL", printable_line(use)), {},
                  "as in --use Qwen2.5-VL-7B=qwen7b.gguf");
    }
    auto* model = find_model(study, use.substr(0, sign));
    if (model == nullptr) return unknown(use.substr(0, sign));
    model->model = use.substr(sign + 1);
  }
  if (options.only.empty()) return {};
  std::vector<StudyModel> kept;
  for (const auto& name : options.only) {
    const auto* model = find_model(study, name);
    if (model == nullptr) return unknown(name);
    kept.push_back(*model);
  }
  study.models = std::move(kept);
  return {};
}

fs::path study_folder(const Study& study, const StudyOptions& options) {
  return options.out.empty() ? fs::path(study.name) : fs::path(options.out);
}

Result<StudyProgress> run_study(const Study& study, const StudyOptions& options) {
  return StudyRunner(study, options).run();
}

}  // namespace osler::cli
