#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/core/response.h"
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

/// items.jsonl: what was asked, so that a run can be graded again without its benchmark. Images are named, not kept.
[[nodiscard]] Status write_items(const std::filesystem::path& folder, const std::vector<Item>& items);
[[nodiscard]] Result<std::vector<Item>> read_items(const std::filesystem::path& folder);

}  // namespace osler
