#include "osler/run/sharing_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "osler/core/hash.h"
#include "osler/run/requests.h"
#include "osler/run/runner.h"

namespace osler {
namespace {

/// Hands on requests, to be answered each by itself.
class ExactRequests : public RequestSource {
 public:
  explicit ExactRequests(RequestSource& source) : source_(source) {}
  [[nodiscard]] std::optional<Request> next() override {
    auto request = source_.next();
    if (request) request->exact = true;
    return request;
  }

 private:
  RequestSource& source_;
};

class KeepAll : public ResponseSink {
 public:
  [[nodiscard]] Status accept(Response response) override {
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(response));
    return {};
  }
  [[nodiscard]] const std::vector<Response>& kept() const { return kept_; }

 private:
  std::mutex mutex_;
  std::vector<Response> kept_;
};

/// Errors are left out: what failed for another reason would fail again or not, and says nothing about sharing.
std::vector<const Item*> sample_of(const RunSpec& spec, const std::unordered_map<std::string, Response>& responses) {
  std::vector<std::pair<std::string, const Item*>> answered;
  for (const auto& item : spec.rows.items) {
    const auto response = responses.find(item.id);
    if (response == responses.end() || response->second.finish == FinishReason::error) continue;
    answered.emplace_back(sha256_hex(item.id), &item);
  }
  std::sort(answered.begin(), answered.end());
  if (answered.size() > spec.verify_sharing) answered.resize(spec.verify_sharing);
  std::vector<const Item*> items;
  items.reserve(answered.size());
  for (const auto& [hash, item] : answered) items.push_back(item);
  return items;
}

std::string counted(std::uint64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::string SharingCheck::sentence() const {
  std::string text = fmt::format("{} asked again one by one: {}, {} and {} differ", counted(items, "item"),
                                 counted(texts_differ, "text"), counted(answers_differ, "answer"),
                                 counted(outcomes_differ, "outcome"));
  if (failed > 0) text += fmt::format("; {} more could not be asked again", counted(failed, "item"));
  if (!differing.empty()) text += fmt::format(" ({})", fmt::join(differing, ", "));
  return text;
}

Result<SharingCheck> SampleChecker::ask_again(Engine& engine, const std::stop_token& stop) {
  const auto sample = sample_of(spec_, responses_);
  std::unordered_map<std::string, const Item*> items;
  for (const auto* item : sample) items.emplace(item->id, item);
  KeepAll sink;
  PendingRequests pending(
      spec_.protocol, sample, spec_.image_limits, sink, [](const Item&, const std::string&) {}, spec_.ablation,
      shuffled_);
  ExactRequests requests(pending);
  if (auto status = engine.answer(requests, sink, stop); !status) return pass(status);
  SharingCheck check;
  constexpr std::size_t kEnough = 10;
  for (const auto& again : sink.kept()) {
    const Item& item = *items.at(again.item_id);
    const Response& before = responses_.at(again.item_id);
    if (again.finish == FinishReason::error) {
      ++check.failed;
      continue;
    }
    const Grade grade_before = grader_.grade(item, before);
    const Grade grade_again = grader_.grade(item, again);
    ++check.items;
    check.texts_differ += again.text != before.text ? 1U : 0U;
    check.outcomes_differ += grade_again.outcome != grade_before.outcome ? 1U : 0U;
    if (grade_again.answer == grade_before.answer && grade_again.answer_option == grade_before.answer_option) continue;
    ++check.answers_differ;
    if (check.differing.size() < kEnough) check.differing.push_back(item.id);
  }
  return check;
}

}  // namespace osler
