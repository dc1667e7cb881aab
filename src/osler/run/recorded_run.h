#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/core/response.h"
#include "osler/grade/grader.h"
#include "osler/model/model_card.h"
#include "osler/prompt/protocol.h"
#include "osler/run/manifest.h"

namespace osler {

/// What a run's folder holds of its questions and answers, read once, to be looked at under several rule sets.
struct RecordedRun {
  std::filesystem::path folder;
  Manifest manifest;
  std::vector<Item> items;
  std::unordered_map<std::string, Response> responses;  ///< By item.

  /// The response to an item; nullptr if it has none.
  [[nodiscard]] const Response* response_to(const Item& item) const;
  /// An item by its id; nullptr if the run has no such item.
  [[nodiscard]] const Item* find(const std::string& id) const;
};

[[nodiscard]] Result<RecordedRun> read_recorded_run(const std::filesystem::path& folder);

/// The file in a run's folder that holds the model's card.
inline constexpr std::string_view kModelCardFile = "model-card.yaml";

/// The model's card as it was when the run was made; nothing if the run had none.
[[nodiscard]] Result<std::optional<ModelCard>> recorded_model_card(const std::filesystem::path& folder);

/// A protocol as a way to grade the responses of one benchmark.
struct RuleSet {
  Protocol protocol;
  grade::Grader grader;

  [[nodiscard]] const std::string& name() const { return protocol.name; }
};

/// A protocol by name or path, as it is for the run's benchmark. An empty name stands for the protocol that the run was
/// made with, as it was then, even if a newer Osler has another one of that name. A protocol that scores options cannot
/// read what a model wrote, nor the other way round, nor letters that the run's prompts did not show: ErrorCode::usage.
/// Reasoning is cut off as the model's card said when the run was made.
[[nodiscard]] Result<RuleSet> rule_set_for(const std::filesystem::path& folder, const Manifest& manifest,
                                           const std::string& name);

/// The run's own protocol, then each of these that is another one; "all" stands for every protocol that comes with
/// Osler and can read this run. Where the run's has the name of another, its own is called "NAME (of the run)".
[[nodiscard]] Result<std::vector<RuleSet>> rule_sets_for(const RecordedRun& run, const std::vector<std::string>& names);

}  // namespace osler
