#include "osler/report/mixed_engines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace osler::report {
namespace {

bool all_of(std::string_view text, int (*is)(int)) {
  return std::ranges::all_of(text, [is](char c) { return is(static_cast<unsigned char>(c)) != 0; });
}

/// q4_k_m, iq3_xs, f16, bf16, fp8, int4, w4a16, awq, gptq, ...; lower case.
bool says_storage(std::string_view word) {
  constexpr std::array<std::string_view, 8> kKnown = {"gguf", "awq", "gptq", "nf4", "bnb", "int4", "int8", "w4a16"};
  if (std::ranges::find(kKnown, word) != kKnown.end()) return true;
  for (const std::string_view head : {"bf", "fp", "f"}) {
    if (word.starts_with(head)) return word.size() > head.size() && all_of(word.substr(head.size()), std::isdigit);
  }
  if (word.starts_with('i')) word.remove_prefix(1);
  return word.size() >= 2 && word[0] == 'q' && std::isdigit(static_cast<unsigned char>(word[1])) != 0;
}

/// Engines of one model, each with its cells; `group` is the same for those that parity runs join.
struct Variety {
  std::string id;
  std::string label;
  std::vector<std::string> benchmarks;
  std::size_t group = 0;
};

void add_cell(std::vector<Variety>& varieties, const RunGrades& run) {
  auto found = std::ranges::find(varieties, run.engine_id, &Variety::id);
  if (found == varieties.end()) {
    varieties.push_back({run.engine_id, fmt::format("{}, {}", run.model, run.engine), {}, varieties.size()});
    found = std::prev(varieties.end());
  }
  if (std::ranges::find(found->benchmarks, run.benchmark) == found->benchmarks.end()) {
    found->benchmarks.push_back(run.benchmark);
  }
}

void join(std::vector<Variety>& varieties, const EnginePair& pair) {
  const auto first = std::ranges::find(varieties, pair.first, &Variety::id);
  const auto second = std::ranges::find(varieties, pair.second, &Variety::id);
  if (first == varieties.end() || second == varieties.end()) return;
  const auto from = second->group;
  for (auto& variety : varieties) {
    if (variety.group == from) variety.group = first->group;
  }
}

}  // namespace

std::string model_family(std::string_view name) {
  name = name.substr(name.find_last_of('/') + 1);  // npos + 1 is 0
  std::string family(name);
  std::ranges::transform(family, family.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  while (true) {
    const auto joint = family.find_last_of("-.:");
    if (joint == std::string::npos || joint == 0 || !says_storage(std::string_view(family).substr(joint + 1))) break;
    family.resize(joint);
  }
  return family;
}

void add_mixed_engine_notes(std::vector<std::string>& notes, std::span<const RunSummary> runs) {
  std::map<std::string, std::vector<Variety>> models;
  for (const auto& [run, rows] : runs) {
    if (!run->engine_id.empty()) add_cell(models[model_family(run->model)], *run);
  }
  for (auto& [model, varieties] : models) {
    for (const auto& [run, rows] : runs) {
      for (const auto& pair : run->parities) join(varieties, pair);
    }
    const auto joined = [&](const Variety& one) { return one.group == varieties.front().group; };
    if (std::ranges::all_of(varieties, joined)) continue;
    std::vector<std::string> cells;
    for (const auto& one : varieties) {
      cells.push_back(
          fmt::format("{} ({}, engine {})", fmt::join(one.benchmarks, ", "), one.label, one.id.substr(0, 8)));
    }
    notes.push_back(
        fmt::format("Mixed engines: the figures of {} come from engines or files that no parity run joins: {}. To see "
                    "whether they answer alike, ask one row set of both and run 'osler compare --parity RUN_A RUN_B'.",
                    model, fmt::join(cells, "; ")));
  }
}

}  // namespace osler::report
