#include <fmt/format.h>

#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/storage/files.h"

namespace osler::cli {
namespace {

struct ReportOptions {
  std::vector<std::string> paths;
  std::string format = "text";
  std::string output;
  std::vector<std::string> by;
};

int report_runs(const ReportOptions& options) {
  const auto format = report::format_from(options.format);
  if (!format) return complain(format.error());
  const auto folders = find_runs(options.paths);
  if (!folders) return complain(folders.error());
  report::Options layout;
  layout.by = options.by;
  if (options.output.empty()) return print_report(*folders, *format, layout);
  const auto text = render_report(*folders, *format, layout);
  if (!text) return complain(text.error());
  if (auto written = write_output(options.output, *text); !written) return complain(written.error());
  return kDone;
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("report", "Print tables of graded runs");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("run", options->paths, "Folders of runs, or folders above them")->required();
  command->add_option("-f,--format", options->format, "text, markdown, csv or json")->capture_default_str();
  command->add_option("-o,--output", options->output, "File to write (default: standard output)");
  command->add_option("--by", options->by, "Break down by kind or a stratum: modality, organ, ...")->delimiter(',');
  command->footer("Example:\n  osler report runs/ --format markdown --by kind");
  command->callback([&action, options] { action = [options] { return report_runs(*options); }; });
}

}  // namespace osler::cli
