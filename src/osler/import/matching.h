#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/import/record.h"

namespace osler {

/// How it was found which item a record answers.
enum class MatchedBy {
  id,        ///< It carries the item's id.
  question,  ///< Question, and what else it says, are of that item only.
  position,  ///< There are as many records as items, and no question contradicts that they stand in the same order.
};

struct RecordMatch {
  std::size_t record = 0;
  std::size_t item = 0;
  MatchedBy by = MatchedBy::id;
};

/// A record that belongs to no item, or to one of several.
struct UnmatchedRecord {
  std::size_t record = 0;
  std::string why;
};

/// Which record answers which item. Every record is in one of `matches` and `unmatched`, or repeats another one.
struct Matching {
  std::vector<RecordMatch> matches;  ///< At most one per item, in the order of the items.
  std::vector<UnmatchedRecord> unmatched;
  std::vector<std::size_t> unanswered;  ///< Items without a response.
  std::uint64_t repeated = 0;           ///< Records of the same id, or without one, that say the same once more.
  std::uint64_t reordered = 0;          ///< Items whose options were asked in another order.

  [[nodiscard]] std::uint64_t count(MatchedBy by) const;
};

/// Finds out which record answers which item; never guesses. An id counts unless the record's question, picture, gold
/// answer or options contradict it (bare numbers without a question: see numbers_are_ids; none of them counts where
/// several lead to other gold answers); then question, picture, gold answer and options must leave one item; then the
/// order of all records, if nothing speaks against it. Two records with different ids, or without ids and not equal in
/// all they say, that lead to one item are both unmatched, unless one of them has just its id. Where a record lists its
/// item's options in another order, the item gets the order in which they were asked, because letters refer to it; a
/// record with other options is unmatched. Fails when two records of one id answer an item differently, and when no
/// record belongs to any item.
[[nodiscard]] Result<Matching> match_records(const std::vector<Record>& records, std::vector<Item>& items);

}  // namespace osler
