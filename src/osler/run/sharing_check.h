#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/engine.h"
#include "osler/grade/grader.h"

namespace osler {

class ShuffledImages;
struct RunSpec;

/// What became of items that were answered together with others when each was asked again by itself.
struct SharingCheck {
  std::uint64_t items = 0;
  std::uint64_t failed = 0;  ///< Beside these: the second asking was an error.
  std::uint64_t texts_differ = 0;
  std::uint64_t answers_differ = 0;    ///< Of these: another answer was read, or none.
  std::uint64_t outcomes_differ = 0;   ///< Of these: correct became wrong, or the like.
  std::vector<std::string> differing;  ///< Ids of the items whose answers differ, a few.

  /// "50 items asked again one by one: 3 texts, 1 answer and 0 outcomes differ (item 17)".
  [[nodiscard]] std::string sentence() const;
};

/// Asks a sample of a run's items again, each by itself (Request::exact), and compares. The sample is that of the
/// smallest hashes of the items' ids: the same items on every machine, whatever was answered first.
class SampleChecker {
 public:
  /// All must outlive this. `shuffled` as in the run.
  SampleChecker(const RunSpec& spec, const std::unordered_map<std::string, Response>& responses,
                const grade::Grader& grader, const ShuffledImages* shuffled)
      : spec_(spec), responses_(responses), grader_(grader), shuffled_(shuffled) {}

  [[nodiscard]] Result<SharingCheck> ask_again(Engine& engine, const std::stop_token& stop);

 private:
  const RunSpec& spec_;
  const std::unordered_map<std::string, Response>& responses_;
  const grade::Grader& grader_;
  const ShuffledImages* shuffled_;
};

}  // namespace osler
