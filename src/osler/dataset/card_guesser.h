#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "osler/dataset/card_guess.h"
#include "osler/dataset/choices.h"
#include "osler/dataset/data_sample.h"

namespace osler {

/// "Option_A" as "optiona".
[[nodiscard]] std::string plain_name(std::string_view column);

/// A row, as far as its question can be answered.
struct Asked {
  const Json* fields = nullptr;
  std::vector<Choice> choices;
  std::string answer;
  bool yes_no = false;
};

/// Guesses a form key by key. Its parts are in card_guess.cpp (what stands in one record) and card_guess_kinds.cpp
/// (what tells records from each other).
class CardGuesser {
 public:
  CardGuesser(const DataSample& sample, const std::filesystem::path& file) : sample_(sample), file_(file) {}

  [[nodiscard]] Result<CardGuess> guess();

 private:
  Form& form() { return guess_.form; }
  void take(const std::string& column) { taken_.insert(column); }
  [[nodiscard]] bool is_taken(const ColumnFacts& facts) const { return taken_.contains(facts.name); }

  /// Free columns that every card may need, those of the given names first and in that order.
  [[nodiscard]] std::vector<const ColumnFacts*> named(std::initializer_list<std::string_view> names) const;
  [[nodiscard]] std::string column_names() const;
  [[nodiscard]] Status guess_question();
  [[nodiscard]] Status guess_answer();
  void guess_images();
  void guess_image_folders();
  void guess_options();
  [[nodiscard]] bool take_option_column(const ColumnFacts& facts);
  void guess_option_columns();
  void ask(const std::string& answer_column);
  void guess_kinds();
  [[nodiscard]] bool separates(const ColumnFacts& facts, std::set<std::string>& with);
  [[nodiscard]] std::optional<Match> condition_of_options();
  void guess_splits();
  void guess_capability();
  void guess_id();
  void guess_strata();
  void read_as_literal(const ColumnFacts& facts);

  const DataSample& sample_;
  const std::filesystem::path& file_;
  CardGuess guess_;
  std::set<std::string> taken_;
  bool options_by_shape_ = false;  ///< Nothing but lists speaks for them.
  std::vector<Asked> asked_;
};

}  // namespace osler
