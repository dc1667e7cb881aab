#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "osler/core/error.h"
#include "osler/core/image.h"
#include "osler/core/item.h"
#include "osler/dataset/images/decode.h"
#include "osler/storage/duckdb.h"

namespace osler {

/// Reads and decodes the images of items. Keeps the last few decoded pictures, because questions on one image tend
/// to follow each other; memory stays bounded whatever the benchmark's size. Not thread-safe.
class ImageLoader {
 public:
  explicit ImageLoader(DecodeLimits limits = {}) : limits_(limits) {}

  /// The decoded picture; errors name the file (or the parquet row) and the way out.
  [[nodiscard]] Result<std::shared_ptr<const Image>> load(const ImageSource& source);

  /// The encoded bytes as they are on disk.
  [[nodiscard]] Result<std::string> bytes(const ImageSource& source);

 private:
  [[nodiscard]] Result<std::string> parquet_bytes(const ImageSource& source);
  [[nodiscard]] Status read_parquet_rows(const ImageSource& source, std::uint64_t first);

  struct Cached {
    std::string key;
    std::shared_ptr<const Image> image;
    std::uint64_t used = 0;
  };

  DecodeLimits limits_;
  std::optional<Database> database_;
  std::string parquet_key_;                            ///< File and column that `parquet_rows_` is from.
  std::map<std::uint64_t, std::string> parquet_rows_;  ///< The last group of rows that was read.
  std::vector<Cached> cache_;
  std::uint64_t clock_ = 0;
};

}  // namespace osler
