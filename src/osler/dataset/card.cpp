#include "osler/dataset/card.h"

#include <fmt/format.h>

#include <algorithm>

#include "osler/core/hash.h"
#include "osler/dataset/form.h"
#include "osler/dataset/text.h"
#include "osler/storage/yaml.h"

namespace osler {

std::string question_key(std::string_view question) {
  std::string key = to_lower(collapse_space(question));
  constexpr std::string_view kWide = "？";
  while (true) {
    if (key.ends_with('?') || key.ends_with(' ')) {
      key.pop_back();
    } else if (key.ends_with(kWide)) {
      key.resize(key.size() - kWide.size());
    } else {
      return key;
    }
  }
}

namespace {

/// "CT = computed tomography = CAT scan", a group a line.
std::vector<std::vector<std::string>> parse_synonyms(YamlMap& map) {
  std::vector<std::vector<std::string>> groups;
  for (const auto& line : map.texts("synonyms")) {
    std::vector<std::string> group;
    for (std::size_t at = 0; at <= line.size();) {
      const auto end = std::min(line.find('=', at), line.size());
      group.push_back(collapse_space(line.substr(at, end - at)));
      at = end + 1;
    }
    const bool empty = std::any_of(group.begin(), group.end(), [](const auto& text) { return text.empty(); });
    if (group.size() < 2 || empty) {
      map.complain("synonyms", fmt::format("'{}' is not a group of synonyms", line),
                   "for example: CT = computed tomography");
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace

Result<Card> parse_card(const std::string& text, const std::string& file) {
  auto parsed = YamlMap::parse(text, file);
  if (!parsed) return pass(parsed);
  YamlMap& map = *parsed;
  map.allow_only({"name", "title", "citation", "licence", "url", "default_protocol", "default_split", "training_splits",
                  "synonyms", "forms"});
  Card card;
  card.name = map.name("name");
  card.title = map.text_or("title", card.name);
  card.citation = map.text_or("citation", "");
  card.licence = map.text_or("licence", "");
  card.url = map.text_or("url", "");
  card.default_protocol = map.text_or("default_protocol", "paper");
  card.default_split = map.text_or("default_split", "test");
  card.training_splits = map.texts("training_splits");
  const auto synonyms = parse_synonyms(map);
  for (auto& child : map.children("forms", "begin the first line of every form with '- '")) {
    Form form = parse_form(child);
    for (const auto& earlier : card.forms) {
      if (earlier.name == form.name) child.complain("name", fmt::format("there are two forms '{}'", form.name));
    }
    form.synonyms = synonyms;
    card.forms.push_back(std::move(form));
  }
  if (card.forms.empty()) map.complain("forms", "'forms' is missing", "say in which form the benchmark lies on disk");
  card.hash = sha256_hex(text);
  if (auto status = map.status(); !status) return pass(status);
  return card;
}

}  // namespace osler
