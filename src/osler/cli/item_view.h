#pragma once

#include <memory>
#include <string>
#include <vector>

#include "osler/core/image.h"
#include "osler/core/item.h"
#include "osler/dataset/loader.h"
#include "osler/prompt/protocol.h"
#include "osler/storage/json.h"

namespace osler::cli {

/// What became of one of an item's images.
struct ImageView {
  std::shared_ptr<const Image> image;  ///< None if it cannot be read; then `problem` says why.
  std::string problem;
  std::string saved;         ///< The file that it was written to, if any.
  bool prompted = true;      ///< False where the protocol does not show it to the model.
  std::string picture = {};  ///< For the terminal; may be empty.
};

/// One item with all that `osler data show` says about it.
struct ItemView {
  RowSet rows;  ///< Without items.
  Item item;
  Protocol protocol;
  std::vector<ImageView> images;  ///< As many as the item's.
};

/// For people: no control character of the data is in it, and the lines of its texts are indented.
[[nodiscard]] std::string item_text(const ItemView& view);

/// For programs: the texts as they are.
[[nodiscard]] nlohmann::ordered_json item_json(const ItemView& view);

}  // namespace osler::cli
