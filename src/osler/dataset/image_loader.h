#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/image.h"
#include "osler/core/item.h"
#include "osler/dataset/images/decode.h"
#include "osler/storage/duckdb.h"

namespace osler {

/// Reads and decodes the images of items. Keeps the last few decoded pictures, because questions on one image tend
/// to follow each other, also where every row embeds it again; memory stays bounded whatever the benchmark's size. Not
/// thread-safe.
class ImageLoader {
 public:
  explicit ImageLoader(DecodeLimits limits = {}) : limits_(limits) {}

  /// The decoded picture; errors name the file (or the parquet row) and the way out.
  [[nodiscard]] Result<std::shared_ptr<const Image>> load(const ImageSource& source);

  /// The encoded bytes as they are on disk.
  [[nodiscard]] Result<std::string> bytes(const ImageSource& source);

 private:
  [[nodiscard]] Result<std::string> base64_bytes(const ImageSource& source);
  [[nodiscard]] Result<std::string> text_of_span(const ImageSource& source);
  [[nodiscard]] Result<std::string> parquet_bytes(const ImageSource& source);
  [[nodiscard]] Status choose_parquet_column(const ImageSource& source);
  [[nodiscard]] Result<std::uint64_t> rows_of_lists(const ImageSource& source);
  [[nodiscard]] Status read_parquet_rows(const ImageSource& source);

  /// How the pictures of a parquet column are asked for.
  struct ParquetColumn {
    std::string key = {};          ///< File and column.
    std::string bytes = {};        ///< An SQL expression; of one element, where the column holds lists.
    bool list = false;             ///< Of several pictures.
    std::uint64_t group_rows = 0;  ///< Read at once.
  };
  using RowAndElement = std::pair<std::uint64_t, std::uint32_t>;

  struct Cached {
    std::string key;
    std::string content;  ///< Hash of the encoded bytes, of pictures that are embedded in a data file.
    std::shared_ptr<const Image> image;
  };

  [[nodiscard]] const Cached* find(const std::string& key, const std::string& content);
  void keep(Cached cached);

  DecodeLimits limits_;
  std::optional<Database> database_;
  ParquetColumn parquet_column_;
  std::map<RowAndElement, std::string> parquet_rows_;  ///< Of that column, the last group of rows that was read.
  std::filesystem::path member_;                       ///< The last data file in a zip, and what is in it.
  std::string member_text_;
  std::vector<Cached> cache_;  ///< The last used last.
};

}  // namespace osler
