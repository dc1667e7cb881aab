#include <fmt/format.h>

#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/prompt/protocol.h"
#include "osler/run/manifest.h"
#include "osler/run/runner.h"

namespace osler::cli {
namespace {

Status grade_folder(const std::filesystem::path& folder, const std::string& protocol_option) {
  const auto manifest = read_manifest(folder);
  if (!manifest) return pass(manifest);
  // By default the rules that the run was made with, even if a newer Osler has others under the same name.
  auto protocol = find_protocol(protocol_option.empty() ? (folder / "protocol.yaml").string() : protocol_option);
  if (!protocol) return pass(protocol);
  *protocol = protocol_for(std::move(*protocol), manifest->benchmark);
  const auto grader = make_grader(*protocol);
  if (!grader) return pass(grader);
  const auto graded = grade_run(folder, *protocol, *grader);
  if (!graded) return pass(graded);
  note(fmt::format("{}: {} responses graded by the protocol {}", folder.string(), *graded, protocol->name));
  return {};
}

int grade(const std::vector<std::string>& paths, const std::string& protocol) {
  const auto folders = find_runs(paths);
  if (!folders) return complain(folders.error());
  for (const auto& folder : *folders) {
    if (auto status = grade_folder(folder, protocol); !status) return complain(status.error());
  }
  return print_report(*folders, report::Format::text, {});
}

}  // namespace

void add_grade_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("grade", "Grade recorded responses again, without asking the model");
  auto paths = std::make_shared<std::vector<std::string>>();
  auto protocol = std::make_shared<std::string>();
  command->add_option("run", *paths, "Folders of runs, or folders above them")->required();
  command->add_option("-p,--protocol", *protocol, "Rules to grade by (default: the protocol of the run)");
  command->footer("Example:\n  osler grade runs/ --protocol direct");
  command->callback([&action, paths, protocol] { action = [paths, protocol] { return grade(*paths, *protocol); }; });
}

}  // namespace osler::cli
