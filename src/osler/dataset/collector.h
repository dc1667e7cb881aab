#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <unordered_set>

#include "osler/dataset/card.h"
#include "osler/dataset/loader.h"
#include "osler/dataset/rows.h"

namespace osler {

/// Makes items of a split's rows, one after another: leaves out those of other splits and subsets, gives repeated ids
/// names of their own, and notes problems in the row set.
class Collector {
 public:
  /// `accept` gets every item; it returns false when it has enough.
  Collector(const Form& form, const RowSetRequest& request, RowSet& rows, std::function<bool(Item&&)> accept);

  [[nodiscard]] Status take(Row&& row, const std::filesystem::path& file);

  /// True once `accept` had enough.
  [[nodiscard]] bool is_done() const { return done_; }
  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }

  /// Columns that items are made of; the rest of a wide file need not be read.
  [[nodiscard]] static RowFormat row_format(const Form& form);

 private:
  [[nodiscard]] bool is_wanted(const Row& row, const Item& item);
  void follow_references(Row& row);

  const Form& form_;
  const RowSetRequest& request_;
  RowSet& rows_;
  std::function<bool(Item&&)> accept_;
  const Match* split_rule_ = nullptr;
  std::uint64_t sequence_ = 0;
  std::uint64_t accepted_ = 0;
  bool done_ = false;
  std::unordered_set<std::string> ids_;
  std::filesystem::path file_;
  std::map<std::string, Json> base64_by_index_;  ///< Where earlier rows of it have their images, for those that share.
};

}  // namespace osler
