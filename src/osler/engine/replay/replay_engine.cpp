#include "osler/engine/replay/replay_engine.h"

#include <fmt/format.h>

#include <unordered_map>

#include "osler/core/hash.h"
#include "osler/storage/response_json.h"

namespace osler {
namespace {

class ReplayEngine : public Engine {
 public:
  ReplayEngine(std::unordered_map<std::string, Response> recorded, EngineFacts facts, std::string file)
      : recorded_(std::move(recorded)), facts_(std::move(facts)), file_(std::move(file)) {}

  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }
  [[nodiscard]] bool wants_image_order() const override { return false; }

  [[nodiscard]] Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) override {
    while (!stop.stop_requested()) {
      const auto request = source.next();
      if (!request) return {};
      if (auto status = sink.accept(recall(request->item_id)); !status) return status;
    }
    return fail(ErrorCode::interrupted, "stopped by the user");
  }

 private:
  [[nodiscard]] Response recall(const std::string& id) const {
    const auto found = recorded_.find(id);
    if (found != recorded_.end()) return found->second;
    Response missing;
    missing.item_id = id;
    missing.finish = FinishReason::error;
    missing.error = fmt::format("{}: has no response for this item", file_);
    return missing;
  }

  std::unordered_map<std::string, Response> recorded_;
  EngineFacts facts_;
  std::string file_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_replay_engine(const std::filesystem::path& file) {
  std::unordered_map<std::string, Response> recorded;
  const auto status = for_each_json_line(file, [&](Json&& value, std::uint64_t line) -> Status {
    Place place{file.string()};
    place.line = line;
    if (!value.is_object()) return fail(ErrorCode::malformed, "is not a JSON object", place);
    auto response = response_from_json(value, place);
    if (!response) return pass(response);
    std::string id = response->item_id;
    recorded.insert_or_assign(std::move(id), std::move(*response));
    return {};
  });
  if (!status) return pass(status);
  const auto hash = sha256_of_file(file);
  if (!hash) return pass(hash);
  EngineFacts facts;
  facts.kind = "replay";
  facts.model = file.stem().string();
  facts.identity = {{"responses_sha256", *hash}};
  facts.details = {{"responses_path", file.string()}, {"responses", std::to_string(recorded.size())}};
  return std::unique_ptr<Engine>(std::make_unique<ReplayEngine>(std::move(recorded), std::move(facts), file.string()));
}

}  // namespace osler
