#pragma once

#include "osler/report/document.h"
#include "osler/report/study/study_report.h"

namespace osler::report {

/// The tables of a study for people: accuracy by benchmark overall, on understanding and on reasoning; every cell in
/// detail; what the controls say; the published figures; the findings. What there is nothing for is left out.
[[nodiscard]] Document study_document(const StudyReport& report);

/// The same for programs: one object with everything that the tables and a plot need, unrounded.
[[nodiscard]] std::string study_json(const StudyReport& report);

/// One line a cell: model, group, size, benchmark, stratum and its figures as proportions, at full precision.
[[nodiscard]] std::string study_csv(const StudyReport& report);

}  // namespace osler::report
