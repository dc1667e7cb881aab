#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <iostream>
#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/demo_files.h"
#include "osler/cli/run_flow.h"
#include "osler/report/comparison.h"
#include "osler/storage/files.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// Held out: the models were trained on pictures of other seeds (models/phantom/MODEL_CARD.md).
constexpr std::uint64_t kSeed = 20'260'101;
constexpr std::uint64_t kImages = 60;
constexpr std::array<const char*, 2> kModels = {"phantom-large", "phantom-small"};

Status answer_all(const fs::path& out, std::vector<fs::path>& folders) {
  const auto files = demo_files(out);
  for (const char* model : kModels) {
    RunOptions options;
    options.model = files.models.at(model).string();
    options.benchmarks = {{files.card.string(), {}, {}}};
    options.data = files.data.string();
    options.out = (out / "runs").string();
    // It shows the whole way.
    options.cache.off = true;
    // Layers this small are done before a second thread has woken up.
    options.llama.threads = 1;
    if (auto status = run_benchmarks(options, folders); !status) return status;
  }
  return {};
}

/// Is the larger one better, and on what? A sentence each.
Result<std::string> comparisons(const std::vector<fs::path>& folders) {
  const auto first = load_run_grades(folders.at(0));
  if (!first) return pass(first);
  const auto second = load_run_grades(folders.at(1));
  if (!second) return pass(second);
  std::string text = "\nItem by item:\n";
  const std::array<std::optional<Capability>, 3> strata = {std::nullopt, Capability::understanding,
                                                           Capability::reasoning};
  for (const auto& capability : strata) {
    const auto found = report::compare(*first, *second, capability);
    if (!found) return pass(found);
    text += fmt::format("- {}\n", report::sentence(*found));
  }
  return text;
}

int demo(const fs::path& out) {
  note(
      "Two tiny models that were trained on drawn images (models/phantom) look at images of a seed that they have "
      "not seen.\nWhat is true of these images is known, so that this checks the whole way from pixels to tables. It "
      "says nothing about patients.\n");
  if (auto status = write_demo_files(out, kSeed, kImages); !status) return complain(status.error());
  std::vector<fs::path> folders;
  if (auto status = answer_all(out, folders); !status) return complain(status.error());

  const auto compared = comparisons(folders);
  if (!compared) return complain(compared.error());
  const auto table = render_report(folders, report::Format::markdown, {});
  if (!table) return complain(table.error());
  const fs::path file = out / "report.md";
  if (auto written = write_file_atomically(file, *table + *compared); !written) return complain(written.error());
  const int printed = print_report(folders, report::Format::text, {});
  if (printed != kDone) return printed;
  std::cout << *compared << std::flush;
  note(
      fmt::format("\nThe report is {}; every answer lies under {}.\n"
                  "By topic: osler report {} --by topic. The same without the images: osler run --ablate no-image "
                  "--model {} --benchmark phantom --data {}",
                  file.string(), (out / "runs").string(), out.string(),
                  (out / "models" / fmt::format("{}.gguf", kModels[0])).string(), (out / "phantom").string()));
  return kDone;
}

}  // namespace

void add_demo_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("demo", "The whole way, from images to a table, with what is in the binary");
  auto out = std::make_shared<std::string>("osler-demo");
  command->add_option("-o,--out", *out, "Folder for the demo's files and results")->capture_default_str();
  command->footer("Example:\n  osler demo");
  command->callback([&action, out] { action = [out] { return demo(fs::path(*out)); }; });
}

}  // namespace osler::cli
