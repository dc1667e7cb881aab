#include "osler/cli/common.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>

#include "osler/cli/capability_labels.h"
#include "osler/core/utf8.h"
#include "osler/core/version.h"
#include "osler/dataset/catalog.h"
#include "osler/run/grades_file.h"
#include "osler/run/manifest.h"
#include "osler/run/parity_file.h"
#include "osler/storage/files.h"
#include "osler/storage/hub_cache.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// The run at `folder`, or those below it, in name order; links to folders are followed, as far down as runs lie.
Status collect_runs(const fs::path& folder, int depth, std::vector<fs::path>& runs) {
  constexpr int kMaxDepth = 6;
  std::error_code problem;
  if (fs::exists(folder / "manifest.json", problem)) {
    runs.push_back(folder);
    return {};
  }
  if (depth > kMaxDepth || !fs::is_directory(folder, problem)) return {};
  std::vector<fs::path> below;
  for (fs::directory_iterator entry(folder, problem); !problem && entry != fs::directory_iterator();
       entry.increment(problem)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) below.push_back(entry->path());
  }
  if (problem) {
    // Passing over it would make a run vanish from a table without a word.
    return fail(ErrorCode::io, fmt::format("cannot be read ({})", problem.message()), {folder.string()},
                "mend its permissions, or name the runs one by one");
  }
  std::sort(below.begin(), below.end());
  for (const auto& next : below) {
    if (auto status = collect_runs(next, depth + 1, runs); !status) return status;
  }
  return {};
}

/// What is wrong with it, or nothing: as CLI11 asks its checks.
std::string whole_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return {};
  return fmt::format("'{}' is no whole number from 0 to 2^64 - 1", printable_line(utf8_beginning(text, 30)));
}

}  // namespace

std::string version_text() {
  return fmt::format("osler {} ({}), llama.cpp {}{}, DuckDB {}", kVersion, kCommit, kLlamaRelease,
                     kCuda ? " with CUDA" : "", kDuckdbVersion);
}

int complain(const Error& error) {
  std::cerr << "osler: " << printable_line(error.message()) << '\n';
  return error.code == ErrorCode::usage ? kWrongUsage : kFailed;
}

int explain_usage_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error, std::cout, std::cerr);  // help or version
    return kDone;
  }
  const auto unknown = app.remaining(true);
  std::string command = "osler";
  for (const auto* subcommand : app.get_subcommands()) {
    command += " " + subcommand->get_name();
    for (const auto* nested : subcommand->get_subcommands()) command += " " + nested->get_name();
  }
  const std::string what = unknown.empty() ? error.what() : fmt::format("'{}' is not known here", unknown.front());
  std::cerr << "osler: " << printable_line(what) << "; see '" << command << " --help'\n";
  return kWrongUsage;
}

void note(const std::string& text) { std::cerr << text << '\n'; }

CLI::Option* add_seed_option(CLI::App& command, std::uint64_t& seed, const std::string& description) {
  return command.add_option("--seed", seed, description)->check(whole_number);
}

CLI::Option* add_seed_option(CLI::App& command, std::optional<std::uint64_t>& seed, const std::string& description) {
  return command.add_option("--seed", seed, description)->check(whole_number);
}

void say_notes(const RowSet& rows) {
  for (const auto& text : rows.notes) note("osler: " + printable_line(text));
}

DataPlaces data_places(const std::string& data_option) {
  DataPlaces places;
  if (!data_option.empty()) places.folders.emplace_back(data_option);
  if (const char* root = std::getenv("OSLER_DATA"); root != nullptr && *root != '\0') places.folders.emplace_back(root);
  std::error_code problem;
  if (auto cache = hub_cache_folder(); fs::is_directory(cache, problem)) places.hub_cache = std::move(cache);
  return places;
}

Result<RowSetRequest> request_for(const RowSetName& name, const RowSetRequest& options) {
  RowSetRequest request = options;
  const auto settle = [&name](const char* option, const std::string& own, std::string& wanted) -> Status {
    if (own.empty()) return {};
    if (!wanted.empty() && wanted != own) {
      return fail(
          ErrorCode::usage,
          fmt::format("{} names the {} '{}', --{} the {} '{}'", name.benchmark, option, own, option, option, wanted),
          {}, fmt::format("leave out --{}", option));
    }
    wanted = own;
    return {};
  };
  if (auto status = settle("split", name.split, request.split); !status) return pass(status);
  if (auto status = settle("subset", name.subset, request.subset); !status) return pass(status);
  return request;
}

Result<RowSet> load_one_row_set(const std::string& name, const RowSetRequest& options, const std::string& data_option) {
  const auto names = expand_row_set_names({name});
  if (!names) return pass(names);
  if (names->size() != 1) {
    return fail(ErrorCode::usage, fmt::format("'{}' names {} row sets", name, names->size()), {}, "name one of them");
  }
  const auto card = find_card(names->front().benchmark);
  if (!card) return pass(card);
  const auto request = request_for(names->front(), options);
  if (!request) return pass(request);
  auto rows = load_row_set(*card, *request, data_places(data_option));
  if (rows) say_notes(*rows);
  return rows;
}

Result<std::vector<fs::path>> find_runs(const std::vector<std::string>& paths) {
  std::vector<fs::path> runs;
  std::set<fs::path> known;
  for (const auto& name : paths) {
    std::vector<fs::path> found;
    if (auto status = collect_runs(name, 0, found); !status) return pass(status);
    if (found.empty()) {
      return fail(ErrorCode::not_found, "holds no run (no manifest.json in it or below)", {name},
                  "give the folder that 'osler run' named, or one above it");
    }
    for (const auto& run : found) {
      std::error_code problem;
      if (known.insert(fs::canonical(run, problem)).second) runs.push_back(run);
    }
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
  grades.engine_id = engine_id(*manifest);
  if (const auto records = read_parity(folder)) {
    for (const auto& record : *records) grades.parities.emplace_back(record.engine, record.other_engine);
  } else {
    note("osler: " + printable_line(records.error().message()));
  }
  grades.row_set = manifest->row_set;
  grades.row_set_hash = manifest->row_set_hash;
  grades.planned = manifest->items;
  grades.complete = !manifest->finished.empty();
  if (auto status = add_label_facts(folder, *rows, grades); !status) return pass(status);
  for (auto& row : *rows) {
    grades.items.push_back({row.item_id, row.image_cluster, row.kind, row.capability, row.outcome, row.rule,
                            std::move(row.strata), row.token_f1, row.token_recall, row.conflict,
                            row.guessed ? std::optional(row.score) : std::nullopt, std::move(row.answer),
                            row.answer_option, row.options, row.probability, row.capability_source,
                            row.capability_probability, row.capability_predicted});
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
  return kDone;
}

int finish_output(int status) {
  std::cout.flush();
  if (std::cout) return status;
  return complain({ErrorCode::io, "the result cannot be written to standard output", {}, "check the disk or the pipe"});
}

Status write_output(const fs::path& path, const std::string& text) {
  std::error_code problem;
  if (fs::exists(path, problem) && !fs::is_regular_file(path, problem)) {
    std::ofstream stream(path, std::ios::binary);
    stream << text << std::flush;
    if (stream) return {};
    return fail(ErrorCode::io, "cannot be written", {path.string()}, "choose another file with --output");
  }
  const fs::path target = fs::is_symlink(path, problem) ? fs::weakly_canonical(path, problem) : path;
  auto status = write_file_atomically(target, text);
  if (!status) status.error().way_out = "choose another file with --output, or make room and mend the permissions";
  return status;
}

int write_or_print(const std::string& text, const std::string& output) {
  if (output.empty()) {
    std::cout << text << std::flush;
    return kDone;
  }
  const auto written = write_output(output, text);
  return written ? kDone : complain(written.error());
}

}  // namespace osler::cli
