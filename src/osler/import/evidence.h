#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/item.h"
#include "osler/import/record.h"

namespace osler {

/// What a record says about its question, held against an item. All of it in linear time.

/// A question as it is compared: lower case (ASCII), without white space, `<image k>`, a listing of the options at its
/// end ("Answer Choices: (A) ...") and final punctuation. Two questions with one key are the same question.
[[nodiscard]] std::string comparable_question(std::string_view question);

/// Whether the record's question, or else its prompt, is the item's or has it inside. Nothing if the record has
/// neither. To confirm what an id or a place in the order says.
[[nodiscard]] std::optional<bool> same_question(const Record& record, const Item& item);

/// Whether the record's options are the item's.
struct OptionOrder {
  enum class Relation {
    not_recorded,
    same,
    reordered,  ///< The same options in another order.
    other,
  };
  Relation relation = Relation::not_recorded;
  std::vector<std::size_t> places;  ///< For every option of the record its place in the item; set when reordered.
};
[[nodiscard]] OptionOrder compare_options(const Record& record, const Item& item);

/// A record's gold answer as it is compared, made once for all the items that it is held against.
struct RecordedGold {
  std::vector<std::string> keys;      ///< The text, the option that its letter means, the parts of a list. Empty: none.
  std::optional<std::size_t> letter;  ///< Option of the item that it means, if the record lists no options of its own.
};
[[nodiscard]] RecordedGold recorded_gold(const Record& record);

/// The item's gold answer as it is compared.
[[nodiscard]] std::string gold_key(const Item& item);

/// Whether the record's gold answer, as a letter, a text or a list with it, is the item's or a synonym of it. `key` is
/// gold_key(item). Nothing if either has none.
[[nodiscard]] std::optional<bool> same_gold(const RecordedGold& gold, const Item& item, std::string_view key);

/// The last part of a picture's path in lower case, without its ending.
[[nodiscard]] std::string picture_key(std::string_view path);

/// Whether the item's images are files with names of their own, which a record could name.
[[nodiscard]] bool has_named_images(const Item& item);

/// Whether one of the record's pictures is one of the item's: the shorter path ends the longer one. Nothing if either
/// names none.
[[nodiscard]] std::optional<bool> same_picture(const Record& record, const Item& item);

}  // namespace osler
