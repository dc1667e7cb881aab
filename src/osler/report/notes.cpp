#include "osler/report/notes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "osler/report/mixed_engines.h"

namespace osler::report {
namespace {

constexpr std::size_t kHashDigits = 12;

// With more runs than this the counts of outcomes would bury the rest of the foot; CSV and JSON have them all.
constexpr std::size_t kOutcomeLines = 4;

void add_once(std::vector<std::string>& list, std::string text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

std::string row_set_text(const RunGrades& run) {
  const auto hash = run.row_set_hash.empty() ? std::string("not hashed")
                                             : fmt::format("hash {}", run.row_set_hash.substr(0, kHashDigits));
  return fmt::format("{} (n = {}, {})", run.row_set, run.planned, hash);
}

/// Who labelled the items; labels that are all alike have to be told from labels that split.
std::string labels_text(const RunGrades& run) {
  if (run.capability_source.empty()) return "none";
  if (!run.label_trust) return run.capability_source;
  std::set<Capability> labels;
  for (const auto& item : run.items) labels.insert(item.capability);
  labels.erase(Capability::unlabeled);
  if (labels.size() != 1) return run.capability_source;
  return fmt::format("{}, all of them {}", run.capability_source, name_of(*labels.begin()));
}

// "LABEL: a, b." of what the runs have.
template <class Text>
std::string fact(std::span<const RunSummary> runs, const char* label, Text text) {
  std::vector<std::string> values;
  for (const auto& [run, rows] : runs) add_once(values, text(*run));
  return fmt::format("{}: {}.", label, fmt::join(values, ", "));
}

// "gold", or where runs differ "gold (medxpertqa-mm), none (vqa-rad)".
std::string capability_fact(std::span<const RunSummary> runs) {
  std::map<std::string, std::vector<std::string>> benchmarks;
  for (const auto& [run, rows] : runs) add_once(benchmarks[labels_text(*run)], run->benchmark);
  std::vector<std::string> parts;
  for (const auto& [source, names] : benchmarks) {
    parts.push_back(benchmarks.size() == 1 ? source : fmt::format("{} ({})", source, fmt::join(names, ", ")));
  }
  return fmt::format("Capability labels: {}.", fmt::join(parts, ", "));
}

std::string outcomes_text(const SummaryRow& all, bool name_run) {
  std::vector<std::string> parts;
  for (const auto outcome : kOutcomes) {
    const auto count = all.count(outcome);
    auto part = fmt::format("{} {}", count, name_of(outcome));
    if (count > 0) part += fmt::format(" ({:.1f}%)", 100.0 * static_cast<double>(count) / static_cast<double>(all.n));
    parts.push_back(std::move(part));
  }
  const auto whose = name_run ? fmt::format(" of {} on {}", all.model, all.benchmark) : std::string();
  auto text = fmt::format("Outcomes{}: {}.", whose, fmt::join(parts, ", "));
  if (all.bounds && all.bounds->low < all.bounds->high) {
    text += fmt::format(" Were all that was not read wrong, accuracy would be {:.1f}; were it right, {:.1f}.",
                        100.0 * all.bounds->low, 100.0 * all.bounds->high);
  }
  return text;
}

void add_definitions(std::vector<std::string>& notes) {
  notes.push_back(
      "Accuracy, intervals, SE and parsed are in per cent. Accuracy is the share of n that is correct: whatever "
      "could not be read as an answer counts as not correct. Parsed is the share of n from which an answer was read, "
      "of parsed the accuracy among those, best the accuracy if all the rest were right.");
  notes.push_back(
      "Wilson 95% is Wilson's score interval, which takes items as independent. SE is the standard error of accuracy "
      "clustered by image (items about the same images form a cluster), clustered 95% the t interval from it with "
      "clusters - 1 degrees of freedom, cut to 0 and 100.");
}

void add_conflict_notes(std::vector<std::string>& notes, std::span<const RunSummary> runs) {
  for (const auto& [run, rows] : runs) {
    const auto& all = rows.front();
    if (all.conflicts == 0) continue;
    add_once(notes, fmt::format("Conflicts: in {} of {} answers a letter and the text beside it name different options "
                                "({} on {}); the letter counts.",
                                all.conflicts, all.n, all.model, all.benchmark));
  }
}

void add_guess_notes(std::vector<std::string>& notes, std::span<const RunSummary> runs) {
  for (const auto& [run, rows] : runs) {
    const auto& all = rows.front();
    if (all.guessed == 0) continue;
    add_once(notes, fmt::format("Guesses: these rules draw an answer at random for {} of {} items ({} on {}). Accuracy "
                                "counts each with its chance of being right; outcomes count it as unparsed.",
                                all.guessed, all.n, all.model, all.benchmark));
  }
}

void add_open_notes(std::vector<std::string>& notes, std::span<const RunSummary> runs) {
  bool any = false;
  for (const auto& [run, rows] : runs) {
    const auto& all = rows.front();
    if (!all.token_f1 || !all.token_recall || !all.open_accuracy) continue;
    any = true;
    if (runs.size() > kOutcomeLines) continue;
    const auto whose = runs.size() > 1 ? fmt::format(" of {} on {}", all.model, all.benchmark) : std::string();
    add_once(
        notes,
        fmt::format("Open items{}: {} of {}; accuracy {:.1f}, mean token F1 {:.1f}, mean token recall {:.1f}.", whose,
                    all.open, all.n, 100.0 * *all.open_accuracy, 100.0 * *all.token_f1, 100.0 * *all.token_recall));
  }
  if (!any) return;
  notes.push_back(
      "Token F1 and token recall are means over the open items alone, in per cent. Token recall is the share of the "
      "gold answer's words that the answer has; token F1 also counts which of the answer's words the gold answer has. "
      "An answer that was not read counts 0.");
}

void add_clustering_notes(std::vector<std::string>& notes, std::span<const RunSummary> runs) {
  std::vector<std::string> shared;
  for (const auto& [run, rows] : runs) {
    const auto& all = rows.front();
    if (all.clusters < all.n)
      add_once(shared, fmt::format("{}: {} items in {} clusters", all.benchmark, all.n, all.clusters));
  }
  if (!shared.empty()) {
    notes.push_back(
        fmt::format("Caution: items share images ({}). Wilson 95% does not know of that and may be too narrow; "
                    "claims should rest on SE and clustered 95%.",
                    fmt::join(shared, "; ")));
  }
  for (const auto& [run, rows] : runs) {
    const auto& all = rows.front();
    if (all.unclustered == 0) continue;
    add_once(notes,
             fmt::format("Items without a decoded image: {} of {} ({} on {}); each counts as a cluster of its own.",
                         all.unclustered, all.n, all.model, all.benchmark));
  }
}

void add_gap_notes(std::vector<std::string>& notes, const RunSummary& summary) {
  const auto& run = *summary.run;
  const auto unlabeled =
      static_cast<std::size_t>(std::count_if(run.items.begin(), run.items.end(), [](const GradedItem& item) {
        return item.capability == Capability::unlabeled;
      }));
  if (run.items.empty()) {
    add_once(notes, fmt::format("No item of {} on {} is graded.", run.model, run.benchmark));
  } else if (unlabeled == run.items.size()) {
    add_once(notes,
             fmt::format("{} has no capability labels, so understanding and reasoning are empty.", run.benchmark));
  } else if (unlabeled > 0) {
    add_once(notes, fmt::format("Items without a capability label: {} of {} ({}); they are in all, but neither in "
                                "understanding nor in reasoning.",
                                unlabeled, run.items.size(), run.benchmark));
  }
}

void add_error_notes(std::vector<std::string>& notes, std::span<const RunSummary> runs) {
  bool one_cluster = false;
  bool no_variation = false;
  for (const auto& [run, rows] : runs) {
    for (const auto& row : rows) {
      one_cluster = one_cluster || (row.n > 0 && !row.standard_error);
      no_variation = no_variation || (row.standard_error && !row.clustered);
    }
  }
  if (one_cluster) notes.push_back("SE is — where there is one cluster only: it needs two.");
  if (no_variation) {
    notes.push_back(
        "SE is 0.0 and clustered 95% is — where all clusters agree. That no variation was seen does not mean that "
        "there "
        "is none: use Wilson 95% there.");
  }
}

}  // namespace

std::string unfinished_warning(const RunGrades& run) {
  if (!unfinished(run)) return "";
  const auto state = run.items.size() == run.planned
                         ? fmt::format("all {} items are graded, but the run did not end", run.planned)
                         : fmt::format("{} items are graded of {} planned", run.items.size(), run.planned);
  return fmt::format("UNFINISHED: {} on {}, protocol {}: {}; its figures are provisional", run.model, run.benchmark,
                     run.protocol, state);
}

std::vector<std::string> warnings_for(std::span<const RunSummary> runs) {
  std::vector<std::string> warnings;
  std::map<std::string, std::set<std::string>> hashes;
  for (const auto& [run, rows] : runs) {
    if (unfinished(*run)) warnings.push_back(unfinished_warning(*run) + " and marked (!)");
    hashes[run->row_set].insert(run->row_set_hash);
  }
  for (const auto& [row_set, different] : hashes) {
    if (different.size() < 2) continue;
    std::vector<std::string> digits;
    for (const auto& hash : different) digits.push_back(hash.substr(0, kHashDigits));
    warnings.push_back(
        fmt::format("DIFFERENT ITEMS: row set {} is not the same items in all of these runs (hashes {}); "
                    "their figures cannot be compared",
                    row_set, fmt::join(digits, ", ")));
  }
  return warnings;
}

std::vector<std::string> notes_for(std::span<const RunSummary> runs) {
  if (runs.empty()) return {};
  std::vector<std::string> notes;
  notes.push_back(fact(runs, "Protocol", [](const RunGrades& run) { return run.protocol; }) + " " +
                  fact(runs, "Row set", row_set_text) + " " +
                  fact(runs, "Engine", [](const RunGrades& run) { return run.engine; }) + " " + capability_fact(runs));
  if (runs.size() <= kOutcomeLines) {
    for (const auto& [run, rows] : runs) add_once(notes, outcomes_text(rows.front(), runs.size() > 1));
  }
  add_definitions(notes);
  add_conflict_notes(notes, runs);
  add_guess_notes(notes, runs);
  add_open_notes(notes, runs);
  add_clustering_notes(notes, runs);
  for (const auto& summary : runs) add_gap_notes(notes, summary);
  add_error_notes(notes, runs);
  add_mixed_engine_notes(notes, runs);
  return notes;
}

}  // namespace osler::report
