#include "osler/cli/judge_certify.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <vector>

#include "osler/core/utf8.h"
#include "osler/run/human_verdicts.h"
#include "osler/stats/agreement.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kConfidence = 0.95;
constexpr std::size_t kFew = 20;  ///< Human verdicts; fewer say next to nothing.

/// A judge, what it said about a run, and what people say about the same answers.
struct Certificate {
  std::string judge;
  stats::Confusion by_judge;
  stats::Confusion by_exact_match;  ///< Of the same items.
  std::vector<std::string> not_in_run;
  std::vector<std::string> not_judged;
  std::size_t open_items = 0;  ///< Answered by the model, whatever became of them.
  std::size_t exactly_correct = 0;
  std::size_t judged = 0;  ///< Of the open items, those with a verdict.
  std::size_t judged_correct = 0;
  std::size_t not_asked = 0;  ///< Answers that the judge has not been asked about, for all that is known.
};

Result<std::string> choose_judge(const RunToJudge& run, const std::string& wanted) {
  const auto known = judges_of(run.folder);
  if (known.empty()) {
    return fail(ErrorCode::not_found, "no judge has spoken about this run", {run.folder.string()},
                "judge it first: osler judge RUN --model M");
  }
  if (wanted.empty() && known.size() == 1) return known.front();
  if (std::ranges::find(known, wanted) != known.end()) return wanted;
  return fail(ErrorCode::usage,
              wanted.empty() ? fmt::format("{} judges have spoken about this run", known.size())
                             : fmt::format("there is no judge '{}' here", wanted),
              {run.folder.string()}, fmt::format("give --judge NAME; known: {}", fmt::join(known, ", ")));
}

/// The verdicts that are one, by item. `asked` counts the answers that the judge was asked about.
Result<std::unordered_map<std::string, bool>> verdicts_of(const RunToJudge& run, const std::string& name,
                                                          std::size_t& asked) {
  const fs::path folder = judge_folder(run.folder, name);
  const auto judge = find_judge((folder / "judge.yaml").string());
  if (!judge) return pass(judge);
  const auto verdicts = read_verdicts(folder);
  if (!verdicts) return pass(verdicts);
  std::unordered_map<std::string, bool> said;
  for (const auto& row : run.rows) {
    const StoredVerdict* verdict = is_judged(row) ? verdict_on(*verdicts, row, *judge) : nullptr;
    if (verdict == nullptr) continue;
    ++asked;
    if (verdict->verdict == JudgeVerdict::none) continue;
    said[row.item->id] = verdict->verdict == JudgeVerdict::correct;
  }
  return said;
}

void count_run(const RunToJudge& run, const std::unordered_map<std::string, bool>& said, std::size_t asked,
               Certificate& found) {
  for (const auto& row : run.rows) {
    if (row.item->kind != Kind::open) continue;
    ++found.open_items;
    if (row.grade.outcome == Outcome::correct) ++found.exactly_correct;
  }
  const auto waits = [](const auto& row) { return is_judged(row); };
  found.not_asked = static_cast<std::size_t>(std::ranges::count_if(run.rows, waits)) - asked;
  found.judged = said.size();
  found.judged_correct =
      static_cast<std::size_t>(std::ranges::count_if(said, [](const auto& one) { return one.second; }));
}

Result<Certificate> compare(const RunToJudge& run, const CertifyOptions& options) {
  const auto humans = read_human_verdicts(options.human_file);
  if (!humans) return pass(humans);
  auto name = choose_judge(run, options.judge);
  if (!name) return pass(name);
  std::size_t asked = 0;
  const auto said = verdicts_of(run, *name, asked);
  if (!said) return pass(said);
  Certificate found;
  found.judge = *name;
  count_run(run, *said, asked, found);
  std::unordered_map<std::string_view, bool> exactly;  // every answered item
  for (const auto& row : run.rows) exactly[row.item->id] = row.grade.outcome == Outcome::correct;
  std::unordered_map<std::string_view, const Item*> items;
  for (const auto& item : run.items) items[item.id] = &item;
  for (const auto& human : *humans) {
    const auto verdict = said->find(human.item);
    if (!items.contains(human.item)) {
      found.not_in_run.push_back(human.item);
    } else if (verdict == said->end()) {
      found.not_judged.push_back(human.item);
    } else {
      found.by_judge.add(verdict->second, human.correct);
      found.by_exact_match.add(exactly[human.item], human.correct);
    }
  }
  return found;
}

std::optional<stats::Corrected> corrected(const Certificate& found) {
  return stats::corrected_share(found.judged_correct, found.judged, found.by_judge, kConfidence);
}

/// A share of the judged items as one of all open items: where there is no verdict, the answer is not correct.
double of_all(double share, const Certificate& found) {
  return found.open_items == 0 ? 0.0
                               : share * static_cast<double>(found.judged) / static_cast<double>(found.open_items);
}

std::string range_text(double low, double high) { return fmt::format("[{:.1f}, {:.1f}]", 100.0 * low, 100.0 * high); }

std::string line(const char* label, const stats::Proportion& share) {
  if (!share.value) return fmt::format("{:<34}undefined\n", label);
  return fmt::format("{:<34}{:>5.1f}%  {:<14} {} of {}\n", label, 100.0 * *share.value,
                     range_text(share.interval.low, share.interval.high), share.successes, share.n);
}

std::string line(const char* label, const std::optional<stats::Kappa>& kappa) {
  if (!kappa) return fmt::format("{:<34}undefined\n", label);
  if (!kappa->interval) return fmt::format("{:<34}{:>6.3f}  —\n", label, kappa->value);
  return fmt::format("{:<34}{:>6.3f}  [{:.3f}, {:.3f}]\n", label, kappa->value, kappa->interval->low,
                     kappa->interval->high);
}

std::string corrected_line(const char* label, const Certificate& found, bool all) {
  const auto share = corrected(found);
  if (!share) return fmt::format("{:<34}undefined\n", label);
  if (all && found.not_asked > 0)
    return fmt::format("{:<34}undefined: {} answers are not judged yet\n", label, found.not_asked);
  const auto scaled = [&](double value) { return all ? of_all(value, found) : value; };
  return fmt::format("{:<34}{:>5.1f}%  {}\n", label, 100.0 * scaled(share->value),
                     range_text(scaled(share->interval.low), scaled(share->interval.high)));
}

std::string left_out(const char* what, const std::vector<std::string>& items) {
  if (items.empty()) return {};
  constexpr std::size_t kEnough = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(kEnough, items.size()); ++i) names += (i > 0 ? ", " : "") + items[i];
  if (items.size() > kEnough) names += fmt::format(" and {} more", items.size() - kEnough);
  return fmt::format("{} {}: {}\n", items.size(), what, printable_line(names));
}

std::string caution(const Certificate& found) {
  const auto share = corrected(found);
  if (found.by_judge.n() >= kFew && share &&
      (share->value < share->interval.low || share->value > share->interval.high)) {
    return "the corrected share lies outside of its interval, which happens where people judged too few answers of one "
           "kind; let them judge more";
  }
  if (found.by_judge.n() >= kFew) return {};
  return fmt::format(
      "only {} answers have a verdict of both: this says next to nothing about the judge; let people judge at least "
      "{}, "
      "better 200, drawn at random",
      found.by_judge.n(), kFew);
}

std::string render_text(const RunToJudge& run, const CertifyOptions& options, const Certificate& found) {
  const stats::Confusion& table = found.by_judge;
  std::string text;
  if (const auto warning = caution(found); !warning.empty()) text += "CAUTION: " + warning + "\n\n";
  text += printable_line(fmt::format("Judge {} on {}, {}, against {}: {} answers compared", found.judge,
                                     run.manifest.model, run.manifest.benchmark, options.human_file, table.n())) +
          "\n";
  text += left_out("not in the run", found.not_in_run);
  text += left_out("not judged", found.not_judged);
  text += fmt::format("\n{:<20}{:>16}{:>18}\n", "", "judge: correct", "judge: incorrect");
  text += fmt::format("{:<20}{:>16}{:>18}\n", "people: correct", table.true_positives, table.false_negatives);
  text += fmt::format("{:<20}{:>16}{:>18}\n\n", "people: incorrect", table.false_positives, table.true_negatives);
  text += line("sensitivity", stats::sensitivity(table, kConfidence));
  text += line("specificity", stats::specificity(table, kConfidence));
  text += line("agreement with people", stats::agreement(table, kConfidence));
  text += line("Cohen's kappa", stats::cohens_kappa(table, kConfidence));
  text += line("exact match: agreement", stats::agreement(found.by_exact_match, kConfidence));
  text += line("exact match: Cohen's kappa", stats::cohens_kappa(found.by_exact_match, kConfidence));
  text += fmt::format("\nThe run's {} open items, {} of them with a verdict:\n", found.open_items, found.judged);
  text += line("correct by exact match", stats::proportion(found.exactly_correct, found.open_items, kConfidence));
  text += line("correct by the judge", stats::proportion(found.judged_correct, found.open_items, kConfidence));
  text += corrected_line("corrected for the judge's errors", found, true);
  text +=
      "\nIn brackets: 95%, Wilson's; of kappa, Fleiss, Cohen and Everitt's; of the corrected share (Rogan and\n"
      "Gladen's), Lang and Reiczigel's, which counts that the judge is known from these answers only. Items\n"
      "without a verdict count as not correct.\n";
  return text;
}

using OrderedJson = nlohmann::ordered_json;

OrderedJson to_json(const stats::Proportion& share) {
  return {{"value", share.value ? OrderedJson(*share.value) : OrderedJson()},
          {"ci_low", share.interval.low},
          {"ci_high", share.interval.high},
          {"count", share.successes},
          {"n", share.n}};
}

OrderedJson to_json(const std::optional<stats::Kappa>& kappa) {
  if (!kappa) return nullptr;
  return {{"value", kappa->value},
          {"standard_error", kappa->standard_error},
          {"ci_low", kappa->interval ? OrderedJson(kappa->interval->low) : OrderedJson()},
          {"ci_high", kappa->interval ? OrderedJson(kappa->interval->high) : OrderedJson()}};
}

OrderedJson corrected_json(const Certificate& found, bool all) {
  const auto share = corrected(found);
  if (!share || (all && found.not_asked > 0)) return nullptr;
  const auto scaled = [&](double value) { return all ? of_all(value, found) : value; };
  return {{"value", scaled(share->value)},
          {"ci_low", scaled(share->interval.low)},
          {"ci_high", scaled(share->interval.high)}};
}

std::string render_json(const RunToJudge& run, const Certificate& found) {
  const stats::Confusion& table = found.by_judge;
  const std::string warning = caution(found);
  const OrderedJson value = {
      {"model", run.manifest.model},
      {"benchmark", run.manifest.benchmark},
      {"protocol", run.rules},
      {"judge", found.judge},
      {"n", table.n()},
      {"confusion",
       {{"true_positives", table.true_positives},
        {"false_positives", table.false_positives},
        {"false_negatives", table.false_negatives},
        {"true_negatives", table.true_negatives}}},
      {"sensitivity", to_json(stats::sensitivity(table, kConfidence))},
      {"specificity", to_json(stats::specificity(table, kConfidence))},
      {"agreement", to_json(stats::agreement(table, kConfidence))},
      {"kappa", to_json(stats::cohens_kappa(table, kConfidence))},
      {"exact_match_agreement", to_json(stats::agreement(found.by_exact_match, kConfidence))},
      {"exact_match_kappa", to_json(stats::cohens_kappa(found.by_exact_match, kConfidence))},
      {"open_items", found.open_items},
      {"judged", found.judged},
      {"not_asked", found.not_asked},
      {"exact_match_accuracy", to_json(stats::proportion(found.exactly_correct, found.open_items, kConfidence))},
      {"judged_accuracy", to_json(stats::proportion(found.judged_correct, found.open_items, kConfidence))},
      {"corrected_accuracy", corrected_json(found, true)},
      {"corrected_accuracy_judged", corrected_json(found, false)},
      {"not_in_run", found.not_in_run},
      {"not_judged", found.not_judged},
      {"caution", warning.empty() ? OrderedJson() : OrderedJson(warning)}};
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<std::string> certify(const RunToJudge& run, const CertifyOptions& options) {
  const auto found = compare(run, options);
  if (!found) return pass(found);
  return options.json ? render_json(run, *found) : render_text(run, options, *found);
}

}  // namespace osler::cli
