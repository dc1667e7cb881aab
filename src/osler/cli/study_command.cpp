#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/study_flow.h"
#include "osler/cli/study_report.h"
#include "osler/core/utf8.h"

namespace osler::cli {
namespace {

struct StudyCommandOptions : StudyOptions {
  std::string format = "text";
  std::string output;
  std::string policy;
  std::string labels;
  bool list = false;
};

int list_studies() {
  for (const auto& name : study_names()) {
    const auto study = find_study(name);
    if (!study) return complain(study.error());
    std::cout << fmt::format("{:<12} {} ({} models)\n", name, study->title, study->models.size());
  }
  return kDone;
}

void tell(const StudyProgress& progress) {
  note(fmt::format("{} of {} runs hold grades; {} were finished before", progress.runs.size(), progress.wanted,
                   progress.there));
  for (const auto& text : progress.missed) note("osler: missing: " + printable_line(text));
}

/// Every protocol has tables of its own; those of the first are printed.
Status report_all(const Study& study, const StudyProgress& progress, const StudyCommandOptions& options,
                  StudyFormat format) {
  for (const auto& protocol : study.protocols) {
    const auto report = report_study(study, progress, protocol);
    if (!report) return pass(report);
    const bool first = protocol == study.protocols.front();
    const auto name = first ? std::string("report") : "report." + std::filesystem::path(protocol).stem().string();
    const auto stem = study_folder(study, options) / name;
    if (auto status = write_study_reports(*report, stem); !status) return status;
    if (!first) continue;
    const std::string text = render_study(*report, format);
    if (options.output.empty()) {
      std::cout << text;
    } else if (auto status = write_output(options.output, text); !status) {
      return status;
    }
    note(fmt::format("The tables are in {0}.md, {0}.tex, {0}.csv and {0}.json", stem.string()));
  }
  return {};
}

int run(const StudyCommandOptions& options) {
  if (options.list) return list_studies();
  if (options.study.empty()) {
    return complain({ErrorCode::usage,
                     "no study was named",
                     {},
                     fmt::format("use one of {}, or the path of a study of your own", fmt::join(study_names(), ", "))});
  }
  const auto format = study_format_from(options.format);
  if (!format) return complain(format.error());
  auto study = find_study(options.study);
  if (!study) return complain(study.error());
  if (auto status = adjust_study(*study, options); !status) return complain(status.error());
  if (!options.policy.empty()) study->policy = options.policy;
  if (!options.labels.empty()) study->labels = options.labels;
  const auto progress = run_study(*study, options);
  if (!progress) return complain(progress.error());
  tell(*progress);
  if (!progress->runs.empty()) {
    if (auto status = report_all(*study, *progress, options, *format); !status) return complain(status.error());
  }
  if (progress->missed.empty()) return kDone;
  return complain({progress->interrupted ? ErrorCode::interrupted : ErrorCode::not_found,
                   fmt::format("{} of {} runs are missing", progress->wanted - progress->runs.size(), progress->wanted),
                   {},
                   "the same command runs what is missing"});
}

}  // namespace

void add_study_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("study", "Run what is missing of a study, and print its tables and findings");
  auto options = std::make_shared<StudyCommandOptions>();
  command->add_option("study", options->study, "liu2025, phantom, or the path of a study of your own");
  command->add_flag("--list", options->list, "Name the studies that come with Osler");
  command->add_option("-o,--out", options->out, "Folder for runs and reports (default: the study's name)");
  command->add_option("-d,--data", options->data,
                      "Folder to look in first (then $OSLER_DATA, then the Hugging Face cache)");
  command->add_option("-n,--limit", options->limit, "Only the first N items of every benchmark")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  command->add_option("--models", options->only, "Only these of the study's models")->delimiter(',');
  command->add_option("--use", options->use, "NAME=MODEL: reach a model of the study in this way, as --model takes it");
  command->add_flag("--report-only", options->report_only, "Run nothing; report what is there");
  command->add_option("--policy", options->policy,
                      "A reliability policy, by name or path, in place of the study's own");
  command->add_option("--labels", options->labels,
                      "Capability labels of items that their benchmark does not label, as 'osler capability label' "
                      "wrote them, in place of the study's own; runs that are finished get them, too");
  command->add_option("-f,--format", options->format, "text, markdown, latex, csv or json")->capture_default_str();
  command->add_option("--output", options->output, "File for the report (default: standard output)");
  command->footer(
      "Starting the same command again goes on where it stopped.\n"
      "Examples:\n"
      "  osler study phantom\n"
      "  osler study liu2025 --data ~/data --models Qwen2.5-VL-7B,Lingshu-7B\n"
      "  osler study liu2025 --use Qwen2.5-VL-72B=openai:Qwen/Qwen2.5-VL-72B-Instruct");
  command->callback([&action, options] { action = [options] { return run(*options); }; });
}

}  // namespace osler::cli
