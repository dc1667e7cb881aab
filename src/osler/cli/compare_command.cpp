#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <vector>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/compare_parity.h"
#include "osler/report/paired_report.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

struct CompareOptions {
  std::string a;
  std::string b;
  bool parity = false;
  bool json = false;
  std::size_t most = 20;
};

/// The one run of a path.
Result<fs::path> run_at(const std::string& path) {
  const auto runs = find_runs({path});
  if (!runs) return pass(runs);
  if (runs->size() == 1) return runs->front();
  return fail(ErrorCode::usage, fmt::format("holds {} runs", runs->size()), {path},
              fmt::format("name one of them, as {}", runs->front().string()));
}

/// All items, and where there are labels those of either capability.
Result<std::vector<report::Comparison>> comparisons(const report::RunGrades& a, const report::RunGrades& b) {
  std::vector<report::Comparison> found;
  constexpr std::array<std::optional<Capability>, 3> kStrata = {std::nullopt, Capability::understanding,
                                                                Capability::reasoning};
  for (const auto& capability : kStrata) {
    auto one = report::compare(a, b, capability);
    if (!one) return pass(one);
    if (!capability || one->n > 0) found.push_back(std::move(*one));
  }
  return found;
}

Result<std::string> paired(const fs::path& folder_a, const fs::path& folder_b, bool json) {
  auto a = load_run_grades(folder_a);
  if (!a) return pass(a);
  auto b = load_run_grades(folder_b);
  if (!b) return pass(b);
  name_apart(*a, *b);
  const auto found = comparisons(*a, *b);
  if (!found) return pass(found);
  if (json) return report::paired_json(*found, a->benchmark);
  return report::paired_text(*found);
}

Result<std::string> parity(const fs::path& folder_a, const fs::path& folder_b, const CompareOptions& options) {
  const auto found = compare_parity(folder_a, folder_b);
  if (!found) return pass(found);
  if (options.json) return report::parity_json(*found);
  return report::parity_text(*found, options.most);
}

int compare_runs(const CompareOptions& options) {
  const auto a = run_at(options.a);
  if (!a) return complain(a.error());
  const auto b = run_at(options.b);
  if (!b) return complain(b.error());
  const auto text = options.parity ? parity(*a, *b, options) : paired(*a, *b, options.json);
  if (!text) return complain(text.error());
  std::cout << *text;
  return kDone;
}

}  // namespace

void add_compare_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("compare", "Compare two runs item by item");
  auto options = std::make_shared<CompareOptions>();
  command->add_option("a", options->a, "Folder of a run")->required();
  command->add_option("b", options->b, "Folder of another over the same items")->required();
  auto* parity = command->add_flag("--parity", options->parity,
                                   "Of one model through two engines or quantisations: does it answer the same?");
  command->add_option("--list", options->most, "With --parity: how many items that are answered differently to show")
      ->capture_default_str()
      ->needs(parity);
  command->add_flag("--json", options->json,
                    "JSON for programs; with --parity all items that are answered differently");
  command->footer(
      "Examples:\n"
      "  osler compare runs/model-a/vqa-rad/paper runs/model-b/vqa-rad/paper\n"
      "  osler compare --parity runs/model-Q4_K_M/vqa-rad/paper runs/model-Q8_0/vqa-rad/paper");
  command->callback([&action, options] { action = [options] { return compare_runs(*options); }; });
}

}  // namespace osler::cli
