#include "osler/run/recorded_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "osler/run/grading.h"
#include "osler/run/items_file.h"
#include "osler/run/journal.h"

namespace osler {

const Response* RecordedRun::response_to(const Item& item) const {
  const auto found = responses.find(item.id);
  return found == responses.end() ? nullptr : &found->second;
}

const Item* RecordedRun::find(const std::string& id) const {
  const auto found = std::ranges::find(items, id, &Item::id);
  return found == items.end() ? nullptr : &*found;
}

Result<RecordedRun> read_recorded_run(const std::filesystem::path& folder) {
  auto manifest = read_manifest(folder);
  if (!manifest) return pass(manifest);
  auto items = read_items(folder);
  if (!items) return pass(items);
  auto responses = read_responses(folder);
  if (!responses) return pass(responses);
  return RecordedRun{folder, std::move(*manifest), std::move(*items), std::move(*responses)};
}

Result<std::optional<ModelCard>> recorded_model_card(const std::filesystem::path& folder) {
  const auto path = folder / kModelCardFile;
  std::error_code problem;
  if (!std::filesystem::exists(path, problem)) return std::nullopt;
  auto card = find_model_card(path.string());
  if (!card) return pass(card);
  return std::move(*card);
}

namespace {

/// A protocol by name or path, or the one that the run was made with, as it is for the run's benchmark.
Result<Protocol> protocol_of(const std::filesystem::path& folder, const Manifest& manifest, const std::string& name) {
  auto protocol = find_protocol(name.empty() ? (folder / "protocol.yaml").string() : name);
  if (!protocol) return protocol;
  return protocol_for(std::move(*protocol), manifest.benchmark);
}

/// Scores of options are no text, and a text holds no scores: graded all the same, every item would be unparsed.
Status check_readable(const Protocol& recorded, const Protocol& rules, const std::filesystem::path& folder) {
  if (recorded.likelihood && !rules.likelihood) {
    return fail(ErrorCode::usage,
                fmt::format("holds scores of the options, and the protocol '{}' reads what a model writes", rules.name),
                {folder.string()}, "known for such a run: likelihood, likelihood-text, or one of your own that scores");
  }
  if (!recorded.likelihood && rules.likelihood) {
    return fail(
        ErrorCode::usage,
        fmt::format("holds what the model wrote, and the protocol '{}' needs scores of the options", rules.name),
        {folder.string()}, fmt::format("ask the model anew: osler run --protocol {}", rules.name));
  }
  if (rules.likelihood && rules.likelihood->choose == DecidingScore::letter && !lists_options(recorded)) {
    return fail(ErrorCode::usage,
                fmt::format("was asked without listing the options, and the protocol '{}' chooses by their letters",
                            rules.name),
                {folder.string()}, fmt::format("ask the model anew: osler run --protocol {}", rules.name));
  }
  return {};
}

Result<RuleSet> make_rule_set(Protocol protocol, const std::filesystem::path& folder) {
  const auto model_card = recorded_model_card(folder);
  if (!model_card) return pass(model_card);
  auto grader = make_grader(protocol, *model_card);
  if (!grader) return pass(grader);
  return RuleSet{std::move(protocol), std::move(*grader)};
}

}  // namespace

Result<RuleSet> rule_set_for(const std::filesystem::path& folder, const Manifest& manifest, const std::string& name) {
  auto protocol = protocol_of(folder, manifest, name);
  if (!protocol) return pass(protocol);
  // A folder that lost its protocol can be graded by one that is named.
  if (const auto recorded = protocol_of(folder, manifest, ""); recorded) {
    if (auto status = check_readable(*recorded, *protocol, folder); !status) return pass(status);
  }
  return make_rule_set(std::move(*protocol), folder);
}

Result<std::vector<RuleSet>> rule_sets_for(const RecordedRun& run, const std::vector<std::string>& names) {
  auto own = rule_set_for(run.folder, run.manifest, "");
  if (!own) return pass(own);
  const Protocol recorded = own->protocol;
  std::vector<RuleSet> sets{std::move(*own)};
  const auto add = [&](const std::string& name, bool only_if_readable) -> Status {
    auto protocol = protocol_of(run.folder, run.manifest, name);
    if (!protocol) return pass(protocol);
    const auto is_it = [&protocol](const RuleSet& other) { return other.protocol.hash == protocol->hash; };
    if (std::ranges::any_of(sets, is_it)) return {};
    if (auto status = check_readable(recorded, *protocol, run.folder); !status)
      return only_if_readable ? Status{} : status;
    auto set = make_rule_set(std::move(*protocol), run.folder);
    if (!set) return pass(set);
    // The run's own may be an older one, or somebody's, of a name that comes with Osler.
    if (sets.front().name() == set->name()) sets.front().protocol.name += " (of the run)";
    sets.push_back(std::move(*set));
    return {};
  };
  for (const auto& name : names) {
    const bool all = name == "all";
    for (const auto& wanted : all ? protocol_names() : std::vector{name}) {
      if (auto status = add(wanted, all); !status) return pass(status);
    }
  }
  return sets;
}

}  // namespace osler
