#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "osler/cli/study_flow.h"
#include "osler/core/error.h"
#include "osler/report/document.h"
#include "osler/report/study/study_report.h"
#include "osler/run/study_file.h"

namespace osler::cli {

enum class StudyFormat { text, markdown, latex, csv, json };

/// An unknown name is a usage error that lists the known ones.
[[nodiscard]] Result<StudyFormat> study_format_from(const std::string& name);

/// The report of a study's runs under one of its protocols. A run that cannot be read is a remark of the report.
[[nodiscard]] Result<report::StudyReport> report_study(const Study& study, const StudyProgress& progress,
                                                       const std::string& protocol);

/// The same tables over any runs, without a study: every run is of its own model, in the order of their appearance.
/// `policy`: a reliability policy by name or path; empty: none.
[[nodiscard]] Result<report::StudyReport> report_folders(const std::vector<std::filesystem::path>& folders,
                                                         const std::string& policy = {});

/// Any tables in a format for people, or as CSV; not as JSON, which is not for tables.
[[nodiscard]] std::string render_document(const report::Document& document, StudyFormat format);

[[nodiscard]] std::string render_study(const report::StudyReport& report, StudyFormat format);

/// Writes the report in every format but text beside the runs: STEM.md, .tex, .csv and .json.
[[nodiscard]] Status write_study_reports(const report::StudyReport& report, const std::filesystem::path& stem);

}  // namespace osler::cli
