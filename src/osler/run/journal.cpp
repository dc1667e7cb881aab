#include "osler/run/journal.h"

#include <utility>

#include "osler/storage/json.h"
#include "osler/storage/line_blocks.h"
#include "osler/storage/response_json.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

fs::path journal_path(const fs::path& folder) { return folder / "responses.jsonl"; }

}  // namespace

Journal::Journal(AppendFile file, std::unordered_map<std::string, Response> responses)
    : file_(std::move(file)), responses_(std::move(responses)) {}

Result<Journal> Journal::open(const fs::path& folder) {
  auto file = AppendFile::open(journal_path(folder));
  if (!file) return pass(file);
  auto responses = read_responses(folder);
  if (!responses) return pass(responses);
  return Journal(std::move(*file), std::move(*responses));
}

Status Journal::append(const Response& response) {
  if (auto status = file_.append_line(dump_json(response_to_json(response))); !status) return status;
  // As it will be read: grades do not depend on whether the run was resumed, or answers came from a cache.
  Response& kept = responses_.insert_or_assign(response.item_id, response).first->second;
  kept.prefill_ms = journal_ms(response.prefill_ms);
  kept.decode_ms = journal_ms(response.decode_ms);
  return {};
}

Result<std::unordered_map<std::string, Response>> read_responses(const fs::path& folder) {
  std::unordered_map<std::string, Response> responses;
  const auto status = for_each_response(folder, 1, [&responses](std::uint64_t, Response& response) {
    std::string id = response.item_id;
    responses.insert_or_assign(std::move(id), std::move(response));
  });
  if (!status) return pass(status);
  return responses;
}

Status for_each_response(const fs::path& folder, unsigned threads, const TakeResponse& take) {
  const auto path = journal_path(folder);
  return for_each_block(path, kJournalLimits, threads, [&](const LineBlock& block) {
    Place place{path.string()};
    Response response;
    return for_each_whole_line(block, [&](const TextLine& line) -> Status {
      place.line = line.number;
      if (auto status = read_response_line(line.text, place, response); !status) return status;
      take(line.number, response);
      return {};
    });
  });
}

}  // namespace osler
