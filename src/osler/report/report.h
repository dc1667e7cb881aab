#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/report/summary.h"

/// Tables of finished runs. Everything is collected once, then a reporter prints it in its format.
namespace osler::report {

enum class Format {
  text,      ///< Aligned columns for a terminal.
  markdown,  ///< A GitHub-flavoured table.
  csv,       ///< RFC 4180 quoting, one header line, lines end in LF; proportions in [0, 1] at full precision.
  json,      ///< A list of objects, one per row; what is not defined is null.
};

[[nodiscard]] std::string_view name_of(Format format);
/// An unknown name is a usage error that lists the known ones.
[[nodiscard]] Result<Format> format_from(std::string_view name);

struct Options {
  std::vector<std::string> by = {};  ///< Strata to break down by, see summarise().
  std::size_t width = 100;  ///< Text only: columns that do not fit are left out, and the foot says which. 0: no limit.
};

/// A usage error if no item of any run has such a stratum: a misspelt name must not give a table of "(none)".
[[nodiscard]] Status check_by(const std::vector<RunGrades>& runs, const std::vector<std::string>& by);

/// The report of the runs, in their order. Never fails: names of models and strata may hold any bytes.
/// The result does not depend on the locale.
[[nodiscard]] std::string render(Format format, const std::vector<RunGrades>& runs, const Options& options);

}  // namespace osler::report
