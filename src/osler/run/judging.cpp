#include "osler/run/judging.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string_view>
#include <utility>

#include "osler/core/hash.h"
#include "osler/core/utf8.h"
#include "osler/grade/normalise.h"
#include "osler/run/grading.h"
#include "osler/storage/files.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// The text in the grader's spelling, in which no box begins.
std::string without_boxes(std::string_view text) {
  std::string out;
  const std::string plain = grade::normalise(text);
  for (std::size_t at = 0; at < plain.size(); ++at) {
    const auto rest = std::string_view(plain).substr(at);
    if (rest.starts_with("boxed") || rest.starts_with("fbox")) {
      while (out.ends_with('\\')) out.pop_back();
    }
    out += plain[at];
  }
  return out;
}

Manifest describe_judging(const RunToJudge& run, const Judge& judge, const JudgingOptions& options,
                          const Engine& engine) {
  const EngineFacts& facts = engine.facts();
  Manifest manifest = run.manifest;
  manifest.model = facts.model;
  manifest.protocol = judge.name;
  manifest.engine = facts.kind;
  manifest.items = run.answers();
  manifest.answered = 0;
  manifest.identity = facts.identity;
  manifest.identity["engine"] = facts.kind;
  manifest.identity["model"] = facts.model;
  manifest.identity["judge"] = judge.name;
  manifest.identity["judge_sha256"] = judge.hash;
  manifest.identity["max_new_tokens"] = std::to_string(judge.decoding.max_new_tokens);
  manifest.identity["temperature"] = fmt::format("{}", judge.decoding.temperature);
  manifest.identity["seed"] = std::to_string(judge.decoding.seed);
  manifest.details = facts.details;
  manifest.details.insert(options.details.begin(), options.details.end());
  manifest.details["judged_model"] = run.manifest.model;
  manifest.details["judged_rules"] = run.rules;
  manifest.started = timestamp();
  manifest.finished.clear();
  manifest.seconds = 0.0;
  return manifest;
}

/// The folder, the lock, the manifest and the judge as it is.
Result<VerdictJournal> open_judging(const fs::path& folder, const Judge& judge, Manifest& manifest) {
  if (auto status = make_writable_folder(folder); !status) return pass(status);
  auto journal = VerdictJournal::open(folder);
  if (!journal) return pass(journal);
  std::error_code problem;
  if (fs::exists(folder / "manifest.json", problem)) {
    const auto stored = read_manifest(folder);
    if (!stored) return pass(stored);
    if (auto same = check_same_run(*stored, manifest, folder, "judge's verdicts"); !same) {
      same.error().way_out = "judge with the same settings, or move the folder away";
      return pass(same);
    }
    manifest.started = stored->started;
    manifest.finished = stored->finished;
    manifest.seconds = stored->seconds;
  } else if (!journal->verdicts().empty()) {
    return fail(ErrorCode::mismatch, "holds verdicts without a manifest", {folder.string()}, "move the folder away");
  }
  if (auto status = write_file_atomically(folder / "judge.yaml", judge.text); !status) return pass(status);
  if (auto status = write_manifest(folder, manifest); !status) return pass(status);
  return journal;
}

/// Makes requests of the rows as they are pulled, and takes the replies.
class Interview : public RequestSource, public ResponseSink {
 public:
  Interview(std::vector<const GradedResponse*> rows, const Judge& judge, const VerdictReader& reader,
            VerdictJournal& journal, RunObserver& observer, JudgingTotals& totals, std::string judge_model)
      : rows_(std::move(rows)),
        judge_(judge),
        reader_(reader),
        journal_(journal),
        observer_(observer),
        totals_(totals),
        judge_model_(std::move(judge_model)) {}

  [[nodiscard]] std::optional<Request> next() override {
    const std::lock_guard lock(mutex_);
    if (next_ == rows_.size()) return std::nullopt;
    const GradedResponse& row = *rows_[next_++];
    const JudgeCase about = case_of(row, judge_);
    Judgement judgement;
    judgement.prompt = make_judge_prompt(judge_, about);
    judgement.answer = utf8_beginning(row.grade.answer, judge_.max_answer_bytes);
    judgement.answer_bytes = row.grade.answer.size();
    judgement.cut = about.cut;
    Request request;
    request.item_id = row.item->id;
    request.prompt.messages.push_back({"user", {{std::nullopt, judgement.prompt}}});
    request.decoding = judge_.decoding;
    waiting_.insert_or_assign(row.item->id, std::move(judgement));
    return request;
  }

  [[nodiscard]] Status accept(Response reply) override {
    const std::lock_guard lock(mutex_);
    const auto waiting = waiting_.find(reply.item_id);
    if (waiting == waiting_.end()) {
      return fail(ErrorCode::engine, fmt::format("the judge answered '{}', which was not asked", reply.item_id));
    }
    Judgement judgement = std::move(waiting->second);
    waiting_.erase(waiting);
    judgement.reply = std::move(reply);
    judgement.verdict = reader_.read(judgement.reply);
    if (auto status = journal_.append(judgement, judge_model_); !status) return status;
    ++totals_.asked;
    totals_.cached += judgement.reply.cached ? 1U : 0U;
    Grade grade;
    grade.outcome = judgement.verdict == JudgeVerdict::correct ? Outcome::correct : Outcome::wrong;
    observer_.answered(judgement.reply, grade, totals_.kept + totals_.asked, totals_.total);
    return {};
  }

  [[nodiscard]] std::size_t unanswered() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  /// Guards everything: engines may pull requests on one thread and hand over responses on another.
  mutable std::mutex mutex_;
  std::vector<const GradedResponse*> rows_;
  const Judge& judge_;
  const VerdictReader& reader_;
  VerdictJournal& journal_;
  RunObserver& observer_;
  JudgingTotals& totals_;
  std::string judge_model_;
  std::size_t next_ = 0;
  std::unordered_map<std::string, Judgement> waiting_;
};

std::vector<const GradedResponse*> rows_to_ask(const RunToJudge& run, const Judge& judge, const JudgingOptions& options,
                                               const Verdicts& verdicts, JudgingTotals& totals) {
  std::vector<const GradedResponse*> pending;
  totals.total = std::min(options.limit.value_or(run.answers()), run.answers());
  std::uint64_t seen = 0;
  for (const auto& row : run.rows) {
    if (!is_judged(row) || seen == totals.total) continue;
    ++seen;
    const StoredVerdict* before = verdict_on(verdicts, row, judge);
    if (before != nullptr && !(options.retry_errors && before->failed)) {
      ++totals.kept;
    } else {
      pending.push_back(&row);
    }
  }
  return pending;
}

void settle(Grade& grade, const StoredVerdict* verdict) {
  if (verdict == nullptr) {
    grade.rule = "judge_missing";
    grade.outcome = Outcome::error;
  } else if (verdict->failed) {
    grade.rule = "judge_error";
    grade.outcome = Outcome::error;
  } else if (verdict->verdict == JudgeVerdict::none) {
    grade.rule = "judge_none";
    grade.outcome = Outcome::unparsed;
  } else {
    grade.rule = "judge";
    grade.outcome = verdict->verdict == JudgeVerdict::correct ? Outcome::correct : Outcome::wrong;
  }
  grade.score = grade.outcome == Outcome::correct ? 1.0 : 0.0;
  grade.guessed = false;
}

std::uint64_t rows_with(const RunToJudge& run, std::string_view rule) {
  const auto has_rule = [rule](const GradedResponse& row) { return row.grade.rule == rule; };
  return static_cast<std::uint64_t>(std::ranges::count_if(run.rows, has_rule));
}

}  // namespace

Result<VerdictReader> VerdictReader::make(const Judge& judge) {
  Protocol rules;
  rules.name = judge.name;
  rules.extraction = judge.extraction;
  auto grader = make_grader(rules);
  if (!grader) return pass(grader);
  return VerdictReader(std::move(*grader));
}

VerdictReader::VerdictReader(grade::Grader grader) : grader_(std::move(grader)) {
  item_.kind = Kind::mcq;
  item_.options = {"correct", "incorrect"};
  item_.gold_option = 0;
}

JudgeVerdict VerdictReader::read(const Response& reply) const {
  switch (grader_.grade(item_, reply).outcome) {
    case Outcome::correct:
      return JudgeVerdict::correct;
    case Outcome::wrong:
      return JudgeVerdict::incorrect;
    default:
      return JudgeVerdict::none;
  }
}

bool is_judged(const GradedResponse& row) {
  const bool read = row.grade.outcome == Outcome::correct || row.grade.outcome == Outcome::wrong;
  return row.item->kind == Kind::open && read;
}

std::uint64_t RunToJudge::answers() const { return static_cast<std::uint64_t>(std::ranges::count_if(rows, is_judged)); }

Result<RunToJudge> load_run_to_judge(const fs::path& folder, const std::string& protocol) {
  auto recorded = read_recorded_run(folder);
  if (!recorded) return pass(recorded);
  const auto rules = rule_set_for(folder, recorded->manifest, protocol);
  if (!rules) return pass(rules);
  RunToJudge run;
  static_cast<RecordedRun&>(run) = std::move(*recorded);
  run.rules = rules->name();
  run.rows = grade_all(run.items, run.responses, rules->grader);
  return run;
}

JudgeCase case_of(const GradedResponse& row, const Judge& judge) {
  JudgeCase about;
  about.question = without_boxes(row.item->question);
  about.gold = without_boxes(row.item->gold);
  for (const auto& synonym : row.item->synonyms) about.synonyms.push_back(without_boxes(synonym));
  about.cut = row.grade.answer.size() > judge.max_answer_bytes;
  about.answer = without_boxes(utf8_beginning(row.grade.answer, judge.max_answer_bytes));
  return about;
}

const StoredVerdict* verdict_on(const Verdicts& verdicts, const GradedResponse& row, const Judge& judge) {
  const auto found = verdicts.find(row.item->id);
  if (found == verdicts.end()) return nullptr;
  const bool same = found->second.prompt_sha256 == sha256_hex(make_judge_prompt(judge, case_of(row, judge)));
  return same ? &found->second : nullptr;
}

std::string judge_name(const std::string& model, const Judge& judge) {
  return judge.name == "default" ? model : model + "." + judge.name;
}

void apply_verdicts(RunToJudge& run, const Judge& judge, const Verdicts& verdicts) {
  for (auto& row : run.rows) {
    if (is_judged(row)) settle(row.grade, verdict_on(verdicts, row, judge));
  }
}

Result<JudgingTotals> judge_run(RunToJudge& run, const Judge& judge, const JudgingOptions& options, Engine& engine,
                                RunObserver& observer, std::stop_token stop) {
  const auto reader = VerdictReader::make(judge);
  if (!reader) return pass(reader);
  const std::string name = judge_name(engine.facts().model, judge);
  const fs::path folder = judge_folder(run.folder, name);
  Manifest manifest = describe_judging(run, judge, options, engine);
  auto journal = open_judging(folder, judge, manifest);
  if (!journal) return pass(journal);
  JudgingTotals totals;
  auto pending = rows_to_ask(run, judge, options, journal->verdicts(), totals);
  const bool ask = !pending.empty();
  const auto start = Clock::now();
  Interview interview(std::move(pending), judge, *reader, *journal, observer, totals, engine.facts().model);
  Status asked = ask ? engine.answer(interview, interview, std::move(stop)) : Status{};
  if (asked && interview.unanswered() > 0) {
    asked = fail(ErrorCode::engine, fmt::format("the judge left {} answers without a reply", interview.unanswered()),
                 {}, "judge again to ask about them");
  }

  // Whatever ended the asking, what was said stands in the grades, and what was not is no exact match.
  apply_verdicts(run, judge, journal->verdicts());
  totals.unjudged = rows_with(run, "judge_missing");
  totals.failed = rows_with(run, "judge_error");
  totals.no_verdict = rows_with(run, "judge_none");
  if (ask) manifest.seconds += std::chrono::duration<double>(Clock::now() - start).count();
  manifest.answered = manifest.items - totals.unjudged;
  if (totals.unjudged > 0) manifest.finished.clear();
  if (totals.unjudged == 0 && (totals.asked > 0 || manifest.finished.empty())) manifest.finished = timestamp();
  const auto graded = write_grades(run.folder, run.manifest, fmt::format("{} + judge {}", run.rules, name), run.rows);
  const auto noted = write_manifest(folder, manifest);
  if (!asked) return pass(asked);
  if (!graded) return pass(graded);
  if (!noted) return pass(noted);
  return totals;
}

}  // namespace osler
