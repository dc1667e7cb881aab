#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/run/items_file.h"
#include "osler/storage/files.h"

namespace osler {

/// responses.jsonl: one line per answered item, in the order of answering. When an id stands twice, the later line
/// counts (an error that was asked again).
class Journal {
 public:
  /// Opens or creates the journal of a run, takes its lock, drops a torn last line and reads what is there.
  [[nodiscard]] static Result<Journal> open(const std::filesystem::path& folder);

  [[nodiscard]] const std::unordered_map<std::string, Response>& responses() const { return responses_; }

  /// Appends the response and hands it to the kernel before it returns.
  [[nodiscard]] Status append(const Response& response);

 private:
  Journal(AppendFile file, std::unordered_map<std::string, Response> responses);

  AppendFile file_;
  std::unordered_map<std::string, Response> responses_;
};

/// The responses of a run without taking its lock; a torn last line is passed over.
[[nodiscard]] Result<std::unordered_map<std::string, Response>> read_responses(const std::filesystem::path& folder);

/// A response on its way from the journal; what takes it may move from it.
using TakeResponse = std::function<void(std::uint64_t line, Response& response)>;

/// Reads them as read_responses does, but hands each on as soon as it is read, to `take` on several threads, in no
/// order: of two responses to an item the one with the higher line counts. Few are in memory at once.
[[nodiscard]] Status for_each_response(const std::filesystem::path& folder, unsigned threads, const TakeResponse& take);

}  // namespace osler
