#pragma once

#include <string>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// A row set as people name it: BENCHMARK[:SPLIT][/SUBSET], where the benchmark is a name or the path of a card.
/// "slake", "slake:zh", "vqa-rad:test/closed", "pathvqa/closed", "cards/ward.yaml:val".
struct RowSetName {
  std::string benchmark;
  std::string split;   ///< Empty: the card's default.
  std::string subset;  ///< Empty: the whole split.

  friend bool operator==(const RowSetName&, const RowSetName&) = default;
};

/// Takes a name apart; an empty part ("slake:") is a usage error.
[[nodiscard]] Result<RowSetName> parse_row_set_name(const std::string& text);

/// Several row sets under one name: benchmarks/suites/*.yaml.
struct Suite {
  std::string name;
  std::string title;
  std::string citation;
  std::vector<std::string> members;  ///< Row set names, in the order of tables.
};

/// Parses a suite; errors name the line of `file`.
[[nodiscard]] Result<Suite> parse_suite(const std::string& text, const std::string& file);

/// The suites that travel in the binary, by name.
[[nodiscard]] std::vector<std::string> suite_names();

[[nodiscard]] Result<Suite> find_suite(const std::string& name);

/// Row set names as the command line gives them ("a,b" and repetitions alike) in order, each once: suites stand for
/// their members, "all" for every benchmark but the phantom. A comma in the path of a card that exists is left alone.
[[nodiscard]] Result<std::vector<RowSetName>> expand_row_set_names(const std::vector<std::string>& values);

}  // namespace osler
