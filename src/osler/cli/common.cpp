#include "osler/cli/common.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "osler/core/version.h"
#include "osler/run/grades_file.h"
#include "osler/run/manifest.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

bool is_run(const fs::path& folder) {
  std::error_code problem;
  return fs::exists(folder / "manifest.json", problem);
}

}  // namespace

std::string version_text() {
  return fmt::format("osler {} ({}), llama.cpp {}{}, DuckDB {}", kVersion, kCommit, kLlamaRelease,
                     kCuda ? " with CUDA" : "", kDuckdbVersion);
}

int complain(const Error& error) {
  std::cerr << "osler: " << error.message() << '\n';
  return error.code == ErrorCode::usage ? kWrongUsage : kFailed;
}

int explain_usage_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error, std::cout, std::cerr);  // help or version
    return kDone;
  }
  std::string command = "osler";
  for (const auto* subcommand : app.get_subcommands()) {
    command += " " + subcommand->get_name();
    for (const auto* nested : subcommand->get_subcommands()) command += " " + nested->get_name();
  }
  std::cerr << "osler: " << error.what() << "; see '" << command << " --help'\n";
  return kWrongUsage;
}

void note(const std::string& text) { std::cerr << text << '\n'; }

std::vector<fs::path> data_roots(const std::string& data_option) {
  if (!data_option.empty()) return {fs::path(data_option)};
  if (const char* root = std::getenv("OSLER_DATA"); root != nullptr && *root != '\0') return {fs::path(root)};
  return {};
}

Result<std::vector<fs::path>> find_runs(const std::vector<std::string>& paths) {
  std::vector<fs::path> runs;
  for (const auto& name : paths) {
    const fs::path path(name);
    if (is_run(path)) {
      runs.push_back(path);
      continue;
    }
    std::error_code problem;
    std::vector<fs::path> below;
    constexpr int kMaxDepth = 6;
    for (fs::recursive_directory_iterator walk(path, problem); !problem && walk != fs::recursive_directory_iterator();
         walk.increment(problem)) {
      if (walk.depth() >= kMaxDepth) walk.disable_recursion_pending();
      if (walk->path().filename() == "manifest.json") below.push_back(walk->path().parent_path());
    }
    if (below.empty()) {
      return fail(ErrorCode::not_found, "holds no run (no manifest.json in it or below)", {path.string()},
                  "give the folder that 'osler run' named, or one above it");
    }
    std::sort(below.begin(), below.end());
    runs.insert(runs.end(), below.begin(), below.end());
  }
  return runs;
}

Result<report::RunGrades> load_run_grades(const fs::path& folder) {
  const auto manifest = read_manifest(folder);
  if (!manifest) return pass(manifest);
  auto rows = read_grades(folder);
  if (!rows) return pass(rows);
  report::RunGrades grades;
  grades.model = manifest->model;
  grades.benchmark = manifest->benchmark;
  grades.protocol = manifest->protocol;
  if (!rows->empty() && rows->front().graded_by != manifest->protocol) {
    grades.protocol += ", graded as " + rows->front().graded_by;
  }
  grades.engine = manifest->engine;
  grades.row_set = manifest->row_set;
  grades.row_set_hash = manifest->row_set_hash;
  grades.planned = manifest->items;
  grades.complete = !manifest->finished.empty();
  grades.capability_source = "none";
  for (auto& row : *rows) {
    if (row.capability != Capability::unlabeled) grades.capability_source = row.capability_source;
    grades.items.push_back(
        {row.item_id, row.image_cluster, row.kind, row.capability, row.outcome, row.rule, std::move(row.strata)});
  }
  return grades;
}

Result<std::string> render_report(const std::vector<fs::path>& folders, report::Format format,
                                  const report::Options& options) {
  std::vector<report::RunGrades> runs;
  for (const auto& folder : folders) {
    auto run = load_run_grades(folder);
    if (!run) return pass(run);
    runs.push_back(std::move(*run));
  }
  if (auto status = report::check_by(runs, options.by); !status) return pass(status);
  return report::render(format, runs, options);
}

int print_report(const std::vector<fs::path>& folders, report::Format format, const report::Options& options) {
  const auto text = render_report(folders, format, options);
  if (!text) return complain(text.error());
  std::cout << *text << std::flush;
  if (!std::cout) {
    return complain({ErrorCode::io, "the report cannot be written to standard output", {}, "check the disk or pipe"});
  }
  return kDone;
}

}  // namespace osler::cli
