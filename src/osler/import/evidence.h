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

/// Whether the record's gold answer, a letter of its own options or a text, is the item's. Nothing if it has none.
[[nodiscard]] std::optional<bool> same_gold(const Record& record, const Item& item);

/// The last part of a picture's path in lower case, without its ending.
[[nodiscard]] std::string picture_key(std::string_view path);

/// Whether the item's images are files with names of their own, which a record could name.
[[nodiscard]] bool has_named_images(const Item& item);

/// Whether one of the record's pictures is one of the item's: the shorter path ends the longer one. Nothing if either
/// names none.
[[nodiscard]] std::optional<bool> same_picture(const Record& record, const Item& item);

}  // namespace osler
