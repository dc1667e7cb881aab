#include "osler/dataset/row_set_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "osler/dataset/catalog.h"
#include "osler/storage/shipped.h"
#include "osler/storage/yaml.h"

namespace osler {
namespace {

constexpr ShippedKind kSuites{"benchmarks/suites/", "suite", "a suite of your own", true};

/// Where the benchmark's part of a name ends. The path of a card may hold ':' and '/' itself.
std::size_t end_of_benchmark(const std::string& text) {
  for (const std::string suffix : {".yaml", ".yml"}) {
    if (text.ends_with(suffix)) return text.size();
    for (const char sign : {':', '/'}) {
      const auto at = text.find(suffix + sign);
      if (at != std::string::npos) return at + suffix.size();
    }
  }
  return std::min(text.find_first_of(":/"), text.size());
}

/// "a,b" taken apart, unless it is the path of a file.
std::vector<std::string> split_at_commas(const std::string& value) {
  std::error_code problem;
  if (std::filesystem::exists(value, problem)) return {value};
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= value.size()) {
    const std::size_t end = std::min(value.find(',', begin), value.size());
    if (end > begin) parts.push_back(value.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// What one word of the command line stands for.
Result<std::vector<std::string>> members_of(const std::string& word) {
  if (word == "all") {
    auto names = benchmark_names();
    std::erase(names, "phantom");
    return names;
  }
  const auto suites = suite_names();
  if (std::find(suites.begin(), suites.end(), word) == suites.end()) return std::vector<std::string>{word};
  auto suite = find_suite(word);
  if (!suite) return pass(suite);
  return std::move(suite->members);
}

}  // namespace

Result<RowSetName> parse_row_set_name(const std::string& text) {
  const auto broken = [&text] {
    return fail(ErrorCode::usage, fmt::format("'{}' does not name a row set", text), {},
                "write BENCHMARK, BENCHMARK:SPLIT or BENCHMARK:SPLIT/SUBSET, as in vqa-rad:test/closed");
  };
  RowSetName name;
  std::size_t at = end_of_benchmark(text);
  name.benchmark = text.substr(0, at);
  if (at < text.size() && text[at] == ':') {
    const std::size_t end = std::min(text.find('/', at), text.size());
    name.split = text.substr(at + 1, end - at - 1);
    if (name.split.empty()) return broken();
    at = end;
  }
  if (at < text.size()) {
    name.subset = text.substr(at + 1);
    if (name.subset.empty()) return broken();
  }
  if (name.benchmark.empty()) return broken();
  return name;
}

Result<Suite> parse_suite(const std::string& text, const std::string& file) {
  auto map = YamlMap::parse(text, file);
  if (!map) return pass(map);
  map->allow_only({"name", "title", "citation", "members"});
  Suite suite{map->name("name"), {}, map->text_or("citation", ""), map->texts("members")};
  suite.title = map->text_or("title", suite.name);
  if (suite.members.empty()) map->complain("members", "'members' names no row set", "for example: - slake:test/closed");
  for (const auto& member : suite.members) {
    if (!parse_row_set_name(member)) map->complain("members", fmt::format("'{}' does not name a row set", member));
  }
  if (auto status = map->status(); !status) return pass(status);
  return suite;
}

std::vector<std::string> suite_names() { return shipped_names(kSuites); }

Result<Suite> find_suite(const std::string& name) {
  const auto found = find_shipped(kSuites, name);
  if (!found) return pass(found);
  return parse_suite(found->text, found->file);
}

Result<std::vector<RowSetName>> expand_row_set_names(const std::vector<std::string>& values) {
  std::vector<RowSetName> names;
  for (const auto& value : values) {
    for (const auto& word : split_at_commas(value)) {
      const auto members = members_of(word);
      if (!members) return pass(members);
      for (const auto& member : *members) {
        auto name = parse_row_set_name(member);
        if (!name) return pass(name);
        if (std::find(names.begin(), names.end(), *name) == names.end()) names.push_back(std::move(*name));
      }
    }
  }
  return names;
}

}  // namespace osler
