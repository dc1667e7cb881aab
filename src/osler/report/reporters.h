#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "osler/report/sheet.h"

// One function for each format, each in its own file. Not for use outside of this room: see report.h.
namespace osler::report {

[[nodiscard]] std::string text_report(const Sheet& sheet, std::size_t width);
[[nodiscard]] std::string markdown_report(const Sheet& sheet);
[[nodiscard]] std::string csv_report(std::span<const RunSummary> runs);
[[nodiscard]] std::string json_report(std::span<const RunSummary> runs);

}  // namespace osler::report
