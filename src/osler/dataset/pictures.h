#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "osler/core/item.h"
#include "osler/dataset/images/decode.h"
#include "osler/dataset/loader.h"

namespace osler {

/// One place that holds an image, looked at once however many items show it.
struct Picture {
  ImageSource source;
  std::string item_id;                 ///< The first item that shows it.
  std::string pixels;                  ///< pixel_hash(); empty if it cannot be decoded.
  std::optional<std::uint64_t> looks;  ///< perceptual_hash().
  std::string problem;  ///< Why it cannot be decoded; empty for what the loader noted as missing already.
};

/// The pictures of a row set.
class Pictures {
 public:
  /// Decodes every image once, on several threads. `progress` gets images done and in all.
  Pictures(const RowSet& rows, DecodeLimits limits,
           const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

  [[nodiscard]] const std::vector<Picture>& all() const { return pictures_; }

  /// The picture of a source of the row set.
  [[nodiscard]] const Picture& of(const ImageSource& source) const;

  /// Names a place apart from all others: file, and row or part of it.
  [[nodiscard]] static std::string place_of(const ImageSource& source);

 private:
  std::vector<Picture> pictures_;
  std::map<std::string, std::size_t> by_place_;
};

}  // namespace osler
