#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/compare_parity.h"
#include "osler/cli/study_report.h"
#include "osler/core/utf8.h"
#include "osler/report/paired_report.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

struct CompareOptions {
  std::vector<std::string> paths;
  std::vector<std::string> by;
  std::string format = "text";
  bool parity = false;
  bool json = false;
  std::optional<std::size_t> most;
};

/// The one run of a path.
Result<fs::path> run_at(const std::string& path) {
  const auto runs = find_runs({path});
  if (!runs) return pass(runs);
  if (runs->size() == 1) return runs->front();
  return fail(ErrorCode::usage, fmt::format("holds {} runs", runs->size()), {path},
              fmt::format("name one of them, as {}", runs->front().string()));
}

/// What stands on one side of a comparison: the runs of one model, by benchmark.
using Side = std::vector<report::RunGrades>;

/// All runs of a path. Two of one benchmark would leave open which of them is meant.
Result<Side> side_at(const std::string& path) {
  const auto folders = find_runs({path});
  if (!folders) return pass(folders);
  Side side;
  for (const auto& folder : *folders) {
    auto run = load_run_grades(folder);
    if (!run) return pass(run);
    const auto other = std::ranges::find(side, run->benchmark, &report::RunGrades::benchmark);
    if (other != side.end()) {
      return fail(ErrorCode::usage,
                  fmt::format("holds two runs of {} ({}, protocol {}, and {}, protocol {})", run->benchmark,
                              other->model, other->protocol, run->model, run->protocol),
                  {path}, fmt::format("name the folder of one of them, as {}", folder.string()));
    }
    side.push_back(std::move(*run));
  }
  return side;
}

const report::RunGrades* run_of(const Side& side, const std::string& benchmark) {
  const auto found = std::ranges::find(side, benchmark, &report::RunGrades::benchmark);
  return found == side.end() ? nullptr : &*found;
}

/// Models whose names are the same are told apart by their paths.
void name_sides(std::vector<Side>& sides, const std::vector<std::string>& paths) {
  for (std::size_t i = 0; i < sides.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (sides[i].front().model != sides[j].front().model) continue;
      for (auto& run : sides[i]) run.model += fmt::format(" ({})", paths[i]);
      break;
    }
  }
}

Result<std::vector<report::Comparison>> compare_sides(const std::vector<Side>& sides,
                                                      const std::vector<std::string>& by) {
  std::vector<report::Comparison> found;
  for (const auto& run : sides.front()) {
    for (std::size_t i = 0; i < sides.size(); ++i) {
      for (std::size_t j = i + 1; j < sides.size(); ++j) {
        const auto* first = run_of(sides[i], run.benchmark);
        const auto* second = run_of(sides[j], run.benchmark);
        if (first == nullptr || second == nullptr) {
          note(printable_line(fmt::format("osler: {} is not among the runs of every model", run.benchmark)));
          continue;
        }
        auto some = report::compare_strata(*first, *second, by);
        if (!some) return pass(some);
        std::ranges::move(*some, std::back_inserter(found));
      }
    }
  }
  if (found.empty()) {
    return fail(ErrorCode::usage, "these runs have no benchmark in common", {},
                "name runs over the same row sets; 'osler report' tells what there is");
  }
  return found;
}

Result<std::string> paired(const CompareOptions& options, StudyFormat format) {
  std::vector<Side> sides;
  std::vector<report::RunGrades> all;
  for (const auto& path : options.paths) {
    auto side = side_at(path);
    if (!side) return pass(side);
    all.insert(all.end(), side->begin(), side->end());
    sides.push_back(std::move(*side));
  }
  if (auto status = report::check_by(all, options.by); !status) return pass(status);
  name_sides(sides, options.paths);
  const auto found = compare_sides(sides, options.by);
  if (!found) return pass(found);
  if (format == StudyFormat::json) return report::paired_json(*found);
  auto document = report::paired_document(*found);
  if (sides.size() == 2) {
    constexpr std::size_t kItems = 10;
    for (const auto& one : *found) {
      if (one.stratum != "all") continue;
      const auto items = report::differing_items(*run_of(sides[0], one.benchmark), *run_of(sides[1], one.benchmark));
      if (!items) return pass(items);
      if (!items->empty()) {
        document.tables.push_back(report::differing_table(one, *items, options.most.value_or(kItems)));
      }
    }
  }
  return render_document(document, format);
}

Result<std::string> parity(const CompareOptions& options, bool json) {
  if (options.paths.size() != 2) {
    return fail(ErrorCode::usage, "--parity takes two runs", {}, "compare the others with the first one after another");
  }
  const auto a = run_at(options.paths[0]);
  if (!a) return pass(a);
  const auto b = run_at(options.paths[1]);
  if (!b) return pass(b);
  const auto found = compare_parity(*a, *b);
  if (!found) return pass(found);
  if (json) return report::parity_json(*found);
  constexpr std::size_t kItems = 20;
  return report::parity_text(*found, options.most.value_or(kItems));
}

int compare_runs(const CompareOptions& options) {
  const auto format = study_format_from(options.json ? "json" : options.format);
  if (!format) return complain(format.error());
  const auto text = options.parity ? parity(options, options.json) : paired(options, *format);
  if (!text) return complain(text.error());
  std::cout << *text;
  return kDone;
}

}  // namespace

void add_compare_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("compare", "Compare two runs item by item");
  auto options = std::make_shared<CompareOptions>();
  command->add_option("run", options->paths, "Folders of two runs or more, or of models with several runs each")
      ->required()
      ->expected(2, 100);
  auto* parity = command->add_flag("--parity", options->parity,
                                   "Of one model through two engines or quantisations: does it answer the same?");
  command->add_option("--list", options->most,
                      "Of two models: how many items that one alone has right to show (default: 10); with --parity "
                      "that are answered differently (default: 20)");
  command->add_option("--by", options->by, "Break down by kind or a stratum: modality, organ, ...")
      ->delimiter(',')
      ->excludes(parity);
  command->add_option("-f,--format", options->format, "text, markdown, latex, csv or json")
      ->capture_default_str()
      ->excludes(parity);
  command->add_flag("--json", options->json,
                    "JSON for programs; with --parity all items that are answered differently");
  command->footer(
      "Examples:\n"
      "  osler compare runs/model-a/vqa-rad/paper runs/model-b/vqa-rad/paper\n"
      "  osler compare runs/model-a runs/model-b runs/model-c --by kind --format latex\n"
      "  osler compare --parity runs/model-Q4_K_M/vqa-rad/paper runs/model-Q8_0/vqa-rad/paper");
  command->callback([&action, options] { action = [options] { return compare_runs(*options); }; });
}

}  // namespace osler::cli
