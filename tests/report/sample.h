#pragma once

#include <string>
#include <utility>

#include "osler/report/summary.h"

namespace osler::report {

/// Eight items about four images and one that did not decode, small enough to work out by hand. Accuracy 3/8; the
/// residuals of the five clusters sum to 7/8, -6/8, 5/8, -3/8, -3/8, so SE^2 = 5/4 * 2 / 8^2.
inline RunGrades sample_run() {
  const auto item = [](std::string id, std::string image, Kind kind, Capability capability, Outcome outcome,
                       std::string modality) {
    GradedItem made{std::move(id), std::move(image), kind, capability, outcome, "boxed", {}};
    if (!modality.empty()) made.strata["modality"] = std::move(modality);
    return made;
  };
  constexpr auto kUnderstanding = Capability::understanding;
  constexpr auto kReasoning = Capability::reasoning;
  RunGrades run{.model = "toy-3b",
                .benchmark = "toy-vqa",
                .protocol = "paper",
                .engine = "replay",
                .row_set = "toy-vqa:test",
                .row_set_hash = "0123456789abcdef",
                .capability_source = "gold",
                .complete = true,
                .planned = 8};
  run.items = {item("1", "a", Kind::mcq, kUnderstanding, Outcome::correct, "CT"),
               item("2", "a", Kind::mcq, kUnderstanding, Outcome::correct, "CT"),
               item("3", "a", Kind::yes_no, kReasoning, Outcome::wrong, "CT"),
               item("4", "b", Kind::yes_no, kReasoning, Outcome::wrong, "MRI"),
               item("5", "b", Kind::open, kReasoning, Outcome::unparsed, "MRI"),
               item("6", "c", Kind::mcq, kUnderstanding, Outcome::correct, "MRI"),
               item("7", "d", Kind::open, kReasoning, Outcome::refused, ""),
               item("8", "", Kind::open, kReasoning, Outcome::error, "")};
  return run;
}

}  // namespace osler::report
