#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/card.h"
#include "osler/dataset/loader.h"
#include "osler/dataset/row_set_name.h"
#include "osler/report/report.h"

namespace osler::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;

/// "osler 0.1.0 (commit), llama.cpp v0.5.0, DuckDB 1.4.4".
[[nodiscard]] std::string version_text();

/// Prints "osler: MESSAGE" on standard error and returns the exit status that fits: 2 for ErrorCode::usage, else 1.
int complain(const Error& error);

/// Prints help, version or a usage error as CLI11 words them, on the right stream; returns 0 or 2.
int explain_usage_error(const CLI::App& app, const CLI::ParseError& error);

/// Flushes standard output; a result that could not be written is a failure whatever the command came to.
int finish_output(int status);

/// Writes a report where the user said: over a file in one step, through a symbolic link, or into a pipe or device.
[[nodiscard]] Status write_output(const std::filesystem::path& path, const std::string& text);

/// Writes a result to this file, or where there is none prints it; returns the exit status.
int write_or_print(const std::string& text, const std::string& output);

/// Says something on standard error that is neither result nor failure.
void note(const std::string& text);

/// An option --seed. CLI11 alone takes -1 and 2^64 for other numbers than they are.
CLI::Option* add_seed_option(CLI::App& command, std::uint64_t& seed, const std::string& description);
CLI::Option* add_seed_option(CLI::App& command, std::optional<std::uint64_t>& seed, const std::string& description);

/// Says the choices that were made for the user in loading a row set; file names in them are hostile text.
void say_notes(const RowSet& rows);

/// Where benchmarks are looked for: --data if given, then $OSLER_DATA, then the Hugging Face cache.
[[nodiscard]] DataPlaces data_places(const std::string& data_option);

/// What to load for a name of the command line: its own split and subset, else those of the options. Both at once are
/// a usage error unless they agree.
[[nodiscard]] Result<RowSetRequest> request_for(const RowSetName& name, const RowSetRequest& options);

/// Loads the one row set that a name of the command line stands for, and says the choices that were made. A name that
/// stands for several (a suite) is a usage error.
[[nodiscard]] Result<RowSet> load_one_row_set(const std::string& name, const RowSetRequest& options,
                                              const std::string& data_option);

/// The folders of runs under the given paths: a path that is a run itself, or every run below it, in path order.
[[nodiscard]] Result<std::vector<std::filesystem::path>> find_runs(const std::vector<std::string>& paths);

/// Manifest and grades of a run, as the report wants them.
[[nodiscard]] Result<report::RunGrades> load_run_grades(const std::filesystem::path& folder);

/// Reads the runs and renders their report.
[[nodiscard]] Result<std::string> render_report(const std::vector<std::filesystem::path>& folders,
                                                report::Format format, const report::Options& options);

/// Prints the report on standard output; returns the exit status.
int print_report(const std::vector<std::filesystem::path>& folders, report::Format format,
                 const report::Options& options);

}  // namespace osler::cli
