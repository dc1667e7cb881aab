#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/run_flow.h"
#include "osler/core/embedded.h"
#include "osler/storage/files.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// Writes the files that travel in the binary, so that the demo goes the way of any other run.
Result<fs::path> unpack_demo(const fs::path& folder) {
  fs::path model;
  for (const auto& file : embedded::demo()) {
    const fs::path path = folder / file.name;
    if (auto made = make_writable_folder(path.parent_path()); !made) return pass(made);
    if (auto written = write_file_atomically(path, file.bytes); !written) return pass(written);
    if (file.name.ends_with(".gguf") && file.name.find("mmproj") == std::string::npos) model = path;
  }
  return model;
}

int demo(const std::string& out) {
  const auto model = unpack_demo(fs::path(out) / "files");
  if (!model) return complain(model.error());
  RunOptions options;
  options.model = model->string();
  options.benchmarks = {(fs::path(out) / "files" / "demo.yaml").string()};
  options.data = (fs::path(out) / "files").string();
  options.out = (fs::path(out) / "runs").string();
  note(
      "A tiny model with random weights looks at 16 drawn slices. It can put one of the letters A to E into a box, "
      "but\n"
      "it knows nothing: expect about one answer in five to be right, and many that name no option at all.\n");
  std::vector<fs::path> folders;
  const auto status = run_benchmarks(options, folders);
  if (!status) return complain(status.error());
  const int printed = print_report(folders, report::Format::text, {});
  if (printed == kDone) {
    note(
        fmt::format("\nEverything is in {}: manifest.json, items.jsonl, responses.jsonl, grades.parquet.\n"
                    "The same table again: osler report {}",
                    folders.front().string(), out));
  }
  return printed;
}

}  // namespace

void add_demo_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("demo", "The whole way, from images to a table, with what is in the binary");
  auto out = std::make_shared<std::string>("osler-demo");
  command->add_option("-o,--out", *out, "Folder for the demo's files and results")->capture_default_str();
  command->footer("Example:\n  osler demo");
  command->callback([&action, out] { action = [out] { return demo(*out); }; });
}

}  // namespace osler::cli
