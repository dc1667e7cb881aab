#include "osler/published/policy_file.h"

#include <fmt/format.h>

#include "osler/storage/shipped.h"
#include "osler/storage/yaml.h"

namespace osler::published {
namespace {

constexpr ShippedKind kPolicies{"policies/", "policy", "a policy of your own", true};

/// In per cent in the file; a share from here on.
double share(YamlMap& map, const char* key, double fallback, double least) {
  const double percent = map.number_or(key, fallback);
  if (percent < least || percent > 100.0) {
    map.complain(key, fmt::format("'{}' is not between {} and 100", key, least), "thresholds are in per cent");
  }
  return percent / 100.0;
}

stats::PolicyRule rule_of(YamlMap& map) {
  map.allow_only({"metric", "at_least", "risk", "confidence", "stratum", "benchmarks", "human", "citation"});
  stats::PolicyRule rule;
  const auto metric = map.text("metric");
  if (metric == "coverage") {
    rule.metric = stats::PolicyMetric::coverage;
    rule.risk = share(map, "risk", 5.0, 0.0);
  } else if (metric != "accuracy") {
    map.complain("metric", fmt::format("there is no metric '{}'", metric), "use accuracy or coverage");
  } else if (map.has("risk")) {
    map.complain("risk", "'risk' goes with the metric coverage");
  }
  if (!map.has("at_least")) map.complain("at_least", "'at_least' is missing", "for example: at_least: 90");
  rule.at_least = share(map, "at_least", 0.0, 0.0);
  rule.confidence = share(map, "confidence", 95.0, 50.0);
  if (rule.confidence <= 0.5 || rule.confidence >= 1.0) {
    map.complain("confidence", "'confidence' is not above 50 and below 100", "95 is usual; it is one-sided");
  }
  rule.stratum = map.text_or("stratum", "overall");
  if (rule.stratum != "overall" && rule.stratum != "understanding" && rule.stratum != "reasoning") {
    map.complain("stratum", fmt::format("there is no stratum '{}'", rule.stratum),
                 "use overall, understanding or reasoning");
  }
  rule.benchmarks = map.texts("benchmarks");
  // A threshold without a reference is somebody's wish; the file has to say that.
  rule.human = map.text("human");
  rule.citation = map.text("citation");
  return rule;
}

}  // namespace

Result<stats::Policy> parse_policy(const std::string& text, const std::string& file) {
  auto map = YamlMap::parse(text, file);
  if (!map) return pass(map);
  map->allow_only({"name", "title", "rules"});
  stats::Policy policy;
  policy.name = map->name("name");
  policy.title = map->text_or("title", policy.name);
  for (auto& child : map->children("rules", "write '- {metric: accuracy, at_least: 90, ...}' for every rule")) {
    policy.rules.push_back(rule_of(child));
  }
  if (policy.rules.empty()) map->complain("rules", "'rules' has none");
  if (auto status = map->status(); !status) return pass(status);
  return policy;
}

Result<stats::Policy> find_policy(const std::string& name_or_path) {
  const auto found = find_shipped(kPolicies, name_or_path);
  if (!found) return pass(found);
  return parse_policy(found->text, found->file);
}

std::vector<std::string> policy_names() { return shipped_names(kPolicies); }

}  // namespace osler::published
