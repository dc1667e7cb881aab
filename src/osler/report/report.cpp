#include "osler/report/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "osler/report/capability_split.h"
#include "osler/report/escape.h"
#include "osler/report/reporters.h"
#include "osler/report/sheet.h"

namespace osler::report {
namespace {

constexpr std::array<std::pair<Format, std::string_view>, 4> kFormats{
    {{Format::text, "text"}, {Format::markdown, "markdown"}, {Format::csv, "csv"}, {Format::json, "json"}}};

}  // namespace

std::string_view name_of(Format format) {
  for (const auto& [value, name] : kFormats) {
    if (value == format) return name;
  }
  return "";
}

Result<Format> format_from(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& [value, candidate] : kFormats) {
    if (candidate == name) return value;
    known.push_back(candidate);
  }
  return fail(ErrorCode::usage, fmt::format("unknown report format '{}'", printable(name)), {},
              fmt::format("use one of {}", fmt::join(known, ", ")));
}

Status check_by(const std::vector<RunGrades>& runs, const std::vector<std::string>& by) {
  const auto empty = [](const RunGrades& run) { return run.items.empty(); };
  if (std::all_of(runs.begin(), runs.end(), empty)) return {};  // a run that has just begun knows no strata yet
  const auto known = strata_of(runs);
  for (const auto& name : by) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return fail(ErrorCode::usage, fmt::format("no item of these runs has a stratum '{}'", printable(name)), {},
                printable(fmt::format("use one of {}", fmt::join(known, ", "))));
  }
  return {};
}

std::string render(Format format, const std::vector<RunGrades>& runs, const Options& options) {
  std::vector<RunSummary> summaries;
  for (const auto& run : runs) {
    summaries.push_back({&run, summarise(run, options.by)});
    add_split(run, summaries.back().rows);
  }
  const auto split = split_sheet(summaries);
  switch (format) {
    case Format::csv:
      return csv_report(summaries);
    case Format::json:
      return json_report(summaries);
    case Format::markdown:
      return markdown_report(make_sheet(summaries)) + (split ? "\n" + markdown_report(*split) : "");
    case Format::text:
      break;
  }
  return text_report(make_sheet(summaries), options.width) + (split ? "\n" + text_report(*split, options.width) : "");
}

}  // namespace osler::report
