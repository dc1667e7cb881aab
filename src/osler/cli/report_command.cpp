#include <fmt/format.h>

#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/study_report.h"
#include "osler/storage/files.h"

namespace osler::cli {
namespace {

struct ReportOptions {
  std::vector<std::string> paths;
  std::string format = "text";
  std::string output;
  std::vector<std::string> by;
  std::string policy;
  bool tables = false;
};

/// As a study's: models beside each other, controls beside their runs.
int report_tables(const ReportOptions& options) {
  const auto format = study_format_from(options.format);
  if (!format) return complain(format.error());
  if (!options.by.empty()) {
    return complain({ErrorCode::usage,
                     "--by has no place in these tables",
                     {},
                     "leave out --tables, --policy and --format latex, or use 'osler compare --by'"});
  }
  const auto folders = find_runs(options.paths);
  if (!folders) return complain(folders.error());
  const auto report = report_folders(*folders, options.policy);
  if (!report) return complain(report.error());
  return write_or_print(render_study(*report, *format), options.output);
}

int report_runs(const ReportOptions& options) {
  if (options.tables || !options.policy.empty() || options.format == "latex") return report_tables(options);
  const auto format = report::format_from(options.format);
  if (!format) return complain(format.error());
  const auto folders = find_runs(options.paths);
  if (!folders) return complain(folders.error());
  report::Options layout;
  layout.by = options.by;
  if (options.output.empty()) return print_report(*folders, *format, layout);
  const auto text = render_report(*folders, *format, layout);
  return text ? write_or_print(*text, options.output) : complain(text.error());
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("report", "Print tables of graded runs");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("run", options->paths, "Folders of runs, or folders above them")->required();
  command->add_option("-f,--format", options->format, "text, markdown, csv, json or latex")->capture_default_str();
  command->add_option("-o,--output", options->output, "File to write (default: standard output)");
  command->add_option("--by", options->by, "Break down by kind or a stratum: modality, organ, ...")->delimiter(',');
  command->add_flag("--tables", options->tables,
                    "Models beside each other on every benchmark, with controls, confidence and findings, as 'osler "
                    "study' prints them; LaTeX is always like that");
  command->add_option("--policy", options->policy,
                      "A reliability policy to hold the runs against, by name (illustrative) or path");
  command->footer("Example:\n  osler report runs/ --format markdown --by kind");
  command->callback([&action, options] { action = [options] { return report_runs(*options); }; });
}

}  // namespace osler::cli
