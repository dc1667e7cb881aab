#include "osler/run/study_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "osler/storage/shipped.h"
#include "osler/storage/yaml.h"

namespace osler {
namespace {

constexpr ShippedKind kStudies{"studies/", "study", "a study of your own", true};

/// "parallel: 64" as "--parallel", "64"; "batch: true" as "--batch". A value that is a list gives the option again.
std::vector<std::string> options_of(YamlMap& map) {
  std::vector<std::string> words;
  if (!map.has("options")) return words;
  auto options = map.child("options", "write options of 'osler run' as a mapping, as in {parallel: 64}");
  // What says which runs a study is made of must say it in its own words.
  constexpr std::array<std::string_view, 8> kOwn = {"model",  "benchmark", "protocol", "out",
                                                    "ablate", "data",      "limit",    "labels"};
  for (const auto& key : options.keys()) {
    if (std::ranges::find(kOwn, key) != kOwn.end()) {
      options.complain(key, fmt::format("'{}' cannot be an option of a study", key),
                       "a study has keys of its own for that, or 'osler study' an option");
      continue;
    }
    for (const auto& value : options.texts(key)) {
      if (value == "false") continue;
      words.push_back("--" + key);
      if (value != "true") words.push_back(value);
    }
  }
  return words;
}

StudyModel model_of(YamlMap& map) {
  map.allow_only({"name", "model", "group", "size", "published_as", "options"});
  StudyModel model;
  model.name = map.name("name");
  model.model = map.text("model");
  model.group = map.text_or("group", "");
  model.size = map.text_or("size", "");
  model.published_as = map.text_or("published_as", "");
  model.options = options_of(map);
  return model;
}

void read_models(YamlMap& map, Study& study) {
  std::set<std::string> names;
  for (auto& child : map.children("models", "write '- {name: ..., model: ...}' for every model")) {
    auto model = model_of(child);
    if (!names.insert(model.name).second) {
      child.complain("name", fmt::format("a second model is called '{}'", model.name), "give each a name of its own");
    }
    study.models.push_back(std::move(model));
  }
  if (study.models.empty())
    map.complain("models", "'models' names no model", "for example: - {name: A, model: a.gguf}");
}

void read_controls(YamlMap& map, Study& study) {
  for (const auto& name : map.texts("controls")) {
    const auto control = ablation_from(name);
    if (!control || *control == Ablation::none) {
      map.complain("controls", fmt::format("there is no control '{}'", name),
                   "use no-image, shuffled-image or permuted");
      continue;
    }
    if (std::ranges::find(study.controls, *control) == study.controls.end()) study.controls.push_back(*control);
  }
}

void read_margins(YamlMap& map, Study& study) {
  if (!map.has("margins")) return;
  auto margins = map.child("margins");
  margins.allow_only({"match", "spread"});
  const auto share = [&margins](const char* key, double fallback) {
    const double points = margins.number_or(key, 100.0 * fallback);
    if (points < 0.0 || points > 100.0) {
      margins.complain(key, fmt::format("'{}' is not between 0 and 100", key), "margins are in points of accuracy");
    }
    return points / 100.0;
  };
  study.margins.match = share("match", study.margins.match);
  study.margins.spread = share("spread", study.margins.spread);
}

void read_phantom(YamlMap& map, Study& study) {
  if (!map.has("phantom")) return;
  constexpr std::uint64_t kMostImages = 100'000;
  auto child = map.child("phantom", "as in {seed: 1, images: 60}");
  child.allow_only({"seed", "images"});
  study.phantom = {child.count_or("seed", 1), child.count_or("images", 60)};
  if (study.phantom->images == 0 || study.phantom->images > kMostImages) {
    child.complain("images", fmt::format("'images' is not between 1 and {}", kMostImages));
  }
}

}  // namespace

Result<Study> parse_study(const std::string& text, const std::string& file) {
  auto map = YamlMap::parse(text, file);
  if (!map) return pass(map);
  map->allow_only({"name", "title", "citation", "protocols", "benchmarks", "controls", "models", "options", "published",
                   "policy", "labels", "margins", "phantom"});
  Study study;
  study.name = map->name("name");
  study.title = map->text_or("title", study.name);
  study.citation = map->text_or("citation", "");
  study.protocols = map->texts("protocols");
  if (study.protocols.empty()) study.protocols.emplace_back("paper");
  study.benchmarks = map->texts("benchmarks");
  if (study.benchmarks.empty()) {
    map->complain("benchmarks", "'benchmarks' names none", "for example: benchmarks: [NAME, NAME:SPLIT/SUBSET]");
  }
  study.published = map->text_or("published", "");
  study.policy = map->text_or("policy", "");
  study.labels = map->text_or("labels", "");
  study.options = options_of(*map);
  read_models(*map, study);
  read_controls(*map, study);
  read_margins(*map, study);
  read_phantom(*map, study);
  if (auto status = map->status(); !status) return pass(status);
  return study;
}

Result<Study> find_study(const std::string& name_or_path) {
  const auto found = find_shipped(kStudies, name_or_path);
  if (!found) return pass(found);
  return parse_study(found->text, found->file);
}

std::vector<std::string> study_names() { return shipped_names(kStudies); }

}  // namespace osler
