#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/storage/files.h"

namespace osler {

/// What a judge's reply comes to.
enum class JudgeVerdict {
  correct,
  incorrect,
  none,  ///< The reply holds no verdict, or there is no reply.
};

[[nodiscard]] std::string_view name_of(JudgeVerdict verdict);
[[nodiscard]] std::optional<JudgeVerdict> judge_verdict_from(std::string_view name);

/// One answer as it was put before a judge, and what came of it.
struct Judgement {
  Response reply;                  ///< Its item_id is the item's.
  std::string prompt;              ///< The whole prompt as text, before the model's chat template.
  std::string answer;              ///< What was judged: the answer that was read, or its beginning.
  std::uint64_t answer_bytes = 0;  ///< Of the answer that was read.
  bool cut = false;                ///< Only the beginning was judged.
  JudgeVerdict verdict = JudgeVerdict::none;
};

/// What is remembered of a judgement.
struct StoredVerdict {
  JudgeVerdict verdict = JudgeVerdict::none;
  bool failed = false;        ///< There was no reply.
  std::string prompt_sha256;  ///< A verdict is good for as long as the same would be asked.
};

using Verdicts = std::unordered_map<std::string, StoredVerdict>;  ///< By item id.

/// verdicts.jsonl: one line per judged answer (docs/judge.md). When an item stands twice, the later line counts.
class VerdictJournal {
 public:
  /// Opens or creates the journal in a judge's folder, takes its lock, drops a torn last line and reads what is there.
  [[nodiscard]] static Result<VerdictJournal> open(const std::filesystem::path& folder);

  [[nodiscard]] const Verdicts& verdicts() const { return verdicts_; }

  /// Appends the judgement and hands it to the kernel before it returns. `judge` is the model's name.
  [[nodiscard]] Status append(const Judgement& judgement, const std::string& judge);

 private:
  VerdictJournal(AppendFile file, Verdicts verdicts);

  AppendFile file_;
  Verdicts verdicts_;
};

/// The verdicts in a judge's folder without taking the lock; a torn last line is passed over.
[[nodiscard]] Result<Verdicts> read_verdicts(const std::filesystem::path& folder);

/// The folder of a judge in a run's.
[[nodiscard]] std::filesystem::path judge_folder(const std::filesystem::path& run, const std::string& judge);

/// The names of the judges that have spoken about a run, sorted.
[[nodiscard]] std::vector<std::string> judges_of(const std::filesystem::path& run);

}  // namespace osler
