#include "osler/run/verdicts.h"

#include <algorithm>
#include <utility>

#include "osler/core/hash.h"
#include "osler/storage/json.h"
#include "osler/storage/line_blocks.h"
#include "osler/storage/response_json.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

fs::path journal_path(const fs::path& folder) { return folder / "verdicts.jsonl"; }

/// The line of a reply is one of a run's journal, so that 'replay:' can be given this file too.
Json to_json(const Judgement& judgement, const std::string& judge) {
  Json value = response_to_json(judgement.reply);
  value["judge"] = judge;
  value["verdict"] = name_of(judgement.verdict);
  value["answer"] = judgement.answer;
  if (judgement.cut) {
    value["answer_cut"] = true;
    value["answer_bytes"] = judgement.answer_bytes;
  }
  value["prompt"] = judgement.prompt;
  return value;
}

Result<std::pair<std::string, StoredVerdict>> from_json(const Json& value, const Place& place) {
  const auto malformed = [&place] {
    return fail(ErrorCode::malformed, "is not a verdict as Osler writes it", place,
                "take the line out, and judge again: what is missing is asked");
  };
  if (!value.is_object()) return malformed();
  auto reply = response_from_json(value, place);
  if (!reply) return pass(reply);
  const auto verdict = value.find("verdict");
  const auto prompt = value.find("prompt");
  if (verdict == value.end() || !verdict->is_string() || prompt == value.end() || !prompt->is_string()) {
    return malformed();
  }
  const auto known = judge_verdict_from(verdict->get_ref<const std::string&>());
  if (!known) return malformed();
  return std::pair(std::move(reply->item_id), StoredVerdict{*known, reply->finish == FinishReason::error,
                                                            sha256_hex(prompt->get_ref<const std::string&>())});
}

}  // namespace

std::string_view name_of(JudgeVerdict verdict) {
  switch (verdict) {
    case JudgeVerdict::correct:
      return "correct";
    case JudgeVerdict::incorrect:
      return "incorrect";
    case JudgeVerdict::none:
      break;
  }
  return "none";
}

std::optional<JudgeVerdict> judge_verdict_from(std::string_view name) {
  for (const auto verdict : {JudgeVerdict::correct, JudgeVerdict::incorrect, JudgeVerdict::none}) {
    if (name_of(verdict) == name) return verdict;
  }
  return std::nullopt;
}

VerdictJournal::VerdictJournal(AppendFile file, Verdicts verdicts)
    : file_(std::move(file)), verdicts_(std::move(verdicts)) {}

Result<VerdictJournal> VerdictJournal::open(const fs::path& folder) {
  auto file = AppendFile::open(journal_path(folder));
  if (!file) return pass(file);
  auto verdicts = read_verdicts(folder);
  if (!verdicts) return pass(verdicts);
  return VerdictJournal(std::move(*file), std::move(*verdicts));
}

Status VerdictJournal::append(const Judgement& judgement, const std::string& judge) {
  if (auto status = file_.append_line(dump_json(to_json(judgement, judge))); !status) return status;
  verdicts_.insert_or_assign(
      judgement.reply.item_id,
      StoredVerdict{judgement.verdict, judgement.reply.finish == FinishReason::error, sha256_hex(judgement.prompt)});
  return {};
}

Result<Verdicts> read_verdicts(const fs::path& folder) {
  Verdicts verdicts;
  const auto path = journal_path(folder);
  const auto status = for_each_block(path, kJournalLimits, 1, [&](const LineBlock& block) {
    return for_each_whole_line(block, [&](const TextLine& line) -> Status {
      Place place{path.string()};
      place.line = line.number;
      const auto value = parse_json(line.text, place);
      if (!value) return pass(value);
      auto entry = from_json(*value, place);
      if (!entry) return pass(entry);
      verdicts.insert_or_assign(std::move(entry->first), std::move(entry->second));
      return {};
    });
  });
  if (!status) return pass(status);
  return verdicts;
}

fs::path judge_folder(const fs::path& run, const std::string& judge) { return run / "judge" / judge; }

std::vector<std::string> judges_of(const fs::path& run) {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::directory_iterator entry(run / "judge", problem); !problem && entry != fs::directory_iterator();
       entry.increment(problem)) {
    std::error_code ignored;
    if (fs::exists(journal_path(entry->path()), ignored)) names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace osler
