#include "osler/run/recorded_run.h"

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

Result<RuleSet> rule_set_for(const std::filesystem::path& folder, const Manifest& manifest, const std::string& name) {
  auto protocol = find_protocol(name.empty() ? (folder / "protocol.yaml").string() : name);
  if (!protocol) return pass(protocol);
  *protocol = protocol_for(std::move(*protocol), manifest.benchmark);
  auto grader = make_grader(*protocol);
  if (!grader) return pass(grader);
  return RuleSet{std::move(*protocol), std::move(*grader)};
}

Result<std::vector<RuleSet>> rule_sets_for(const RecordedRun& run, const std::vector<std::string>& names) {
  std::vector<std::string> wanted{""};
  for (const auto& name : names) {
    if (name != "all") {
      wanted.push_back(name);
      continue;
    }
    for (auto& shipped : protocol_names()) wanted.push_back(std::move(shipped));
  }
  std::vector<RuleSet> sets;
  for (const auto& name : wanted) {
    auto set = rule_set_for(run.folder, run.manifest, name);
    if (!set) return pass(set);
    const auto is_it = [&set](const RuleSet& other) { return other.protocol.hash == set->protocol.hash; };
    if (std::ranges::any_of(sets, is_it)) continue;
    // The run's own may be an older one, or somebody's, of a name that comes with Osler.
    if (!sets.empty() && sets.front().name() == set->name()) sets.front().protocol.name += " (of the run)";
    sets.push_back(std::move(*set));
  }
  return sets;
}

}  // namespace osler
