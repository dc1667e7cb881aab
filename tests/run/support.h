#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "osler/run/runner.h"
#include "support/temporary_folder.h"

namespace osler::test {

/// A picture in one colour and its neighbours, written as PNG or as BMP: the same pixels for the same shade.
void write_png(const std::filesystem::path& path, std::uint8_t shade);
void write_bmp(const std::filesystem::path& path, std::uint8_t shade);

[[nodiscard]] std::string read(const std::filesystem::path& path);
void write(const std::filesystem::path& path, const std::string& content);

/// Every file below a folder with its bytes.
[[nodiscard]] std::map<std::string, std::string> snapshot(const std::filesystem::path& folder);

/// Multiple-choice items "item 0", "item 1", ..., of which three each share a picture in `images`, made if missing.
/// The right answer is B for even items and A for odd ones; capability and strata alternate.
[[nodiscard]] RowSet made_up_rows(std::size_t count, const std::filesystem::path& images);

/// A spec of the `paper` protocol on these rows.
[[nodiscard]] RunSpec spec_for(RowSet rows, const std::filesystem::path& folder);

/// What the scripted engine says to an item: \boxed{B}, whatever the question.
[[nodiscard]] Response boxed_b(const Request& request);

/// An engine that does as it is told.
class ScriptedEngine : public Engine {
 public:
  ScriptedEngine();
  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }
  [[nodiscard]] Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) override;

  [[nodiscard]] bool wants_image_order() const override { return wants_order; }

  EngineFacts facts_;
  bool wants_order = true;
  std::function<Response(const Request&)> reply = boxed_b;
  std::function<void(const std::string& id)> on_asked = [](const std::string&) {};
  std::size_t window = 1;                 ///< Requests in hand at once; answered last first.
  std::optional<std::size_t> fail_after;  ///< Breaks down when so many have been answered.
  std::optional<std::size_t> stop_after;  ///< As if the user had stopped it then.
  std::chrono::microseconds delay{0};     ///< For one answer.
  std::vector<std::string> asked;
};

/// Keeps what a run tells.
class Watcher : public RunObserver {
 public:
  void answered(const Response& response, const Grade& grade, std::uint64_t done, std::uint64_t total) override;
  void arranging(std::uint64_t done, std::uint64_t total) override { arranged.emplace_back(done, total); }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> arranged;
  std::vector<std::string> ids;
  std::vector<Outcome> outcomes;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
};

/// Runs to the end or to the first failure.
[[nodiscard]] Result<RunTotals> run(const RunSpec& spec, Engine& engine);
[[nodiscard]] Result<RunTotals> run(const RunSpec& spec, Engine& engine, RunObserver& observer);

/// The rows of a query on a run's grades ("FROM grades"), as text, columns separated by " | ".
[[nodiscard]] std::vector<std::string> query_grades(const std::filesystem::path& folder, const std::string& sql);

/// All of a run's grades but the times.
[[nodiscard]] std::vector<std::string> all_grades(const std::filesystem::path& folder);

/// Item id to outcome's name.
[[nodiscard]] std::map<std::string, std::string> outcomes(const std::filesystem::path& folder);

}  // namespace osler::test
