#include "osler/dataset/image_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "osler/storage/files.h"

namespace osler {
namespace {

constexpr std::size_t kCachedImages = 4;
constexpr std::uint64_t kRowsAtOnce = 16;
constexpr std::uint64_t kMaxImageFile = std::uint64_t{1} << 30;

/// Tells two pictures apart in the cache: the same name may stand in two folders.
std::string identity(const ImageSource& source) {
  return fmt::format("{}\n{}\n{}", source.file.string(), source.column, source.row.value_or(0));
}

}  // namespace

Result<std::shared_ptr<const Image>> ImageLoader::load(const ImageSource& source) {
  const std::string key = identity(source);
  for (auto& cached : cache_) {
    if (cached.key != key) continue;
    cached.used = ++clock_;
    return cached.image;
  }
  const auto encoded = bytes(source);
  if (!encoded) return pass(encoded);
  auto decoded = decode_image(std::as_bytes(std::span(*encoded)), limits_);
  if (!decoded) {
    Error error = decoded.error();
    error.where.file = source.file.string();
    error.where.record = source.row;
    return tl::unexpected<Error>(std::move(error));
  }
  auto image = std::make_shared<const Image>(std::move(*decoded));
  if (cache_.size() >= kCachedImages) {
    cache_.erase(std::min_element(cache_.begin(), cache_.end(),
                                  [](const Cached& a, const Cached& b) { return a.used < b.used; }));
  }
  cache_.push_back({key, image, ++clock_});
  return image;
}

Result<std::string> ImageLoader::bytes(const ImageSource& source) {
  if (source.row) return parquet_bytes(source);
  if (source.file.empty()) {
    return fail(ErrorCode::unsupported,
                source.key.empty() ? "the item names no image"
                                   : fmt::format("the image '{}' lies outside of the benchmark's folder", source.key),
                {}, "mend the benchmark's data file");
  }
  auto content = read_file(source.file, kMaxImageFile);
  if (!content) {
    Error error = content.error();
    if (error.code == ErrorCode::not_found) {
      error.what = "the image is missing";
      error.way_out = "fetch the benchmark's images, or mend the file name";
    }
    return tl::unexpected<Error>(std::move(error));
  }
  return content;
}

Result<std::string> ImageLoader::parquet_bytes(const ImageSource& source) {
  const std::string key = fmt::format("{}\n{}", source.file.string(), source.column);
  auto row = parquet_key_ == key ? parquet_rows_.find(*source.row) : parquet_rows_.end();
  if (row == parquet_rows_.end()) {
    parquet_key_ = key;
    if (auto status = read_parquet_rows(source, *source.row); !status) return pass(status);
    row = parquet_rows_.find(*source.row);
  }
  if (row == parquet_rows_.end() || row->second.empty()) {
    Place place{source.file.string()};
    place.record = source.row;
    return fail(ErrorCode::not_found, fmt::format("has no image bytes in its column '{}'", source.column),
                std::move(place), "fetch the file again");
  }
  return row->second;
}

Status ImageLoader::read_parquet_rows(const ImageSource& source, std::uint64_t first) {
  parquet_rows_.clear();
  if (!database_) {
    auto opened = Database::open();
    if (!opened) return pass(opened);
    database_ = std::move(*opened);
  }
  const std::string sql = fmt::format(
      "SELECT file_row_number, {}.bytes FROM read_parquet(?, file_row_number = true, hive_partitioning = false) "
      "WHERE file_row_number BETWEEN ? AND ?",
      sql_name(source.column));
  const std::vector<SqlValue> parameters{plain_path(source.file), static_cast<std::int64_t>(first),
                                         static_cast<std::int64_t>(first + kRowsAtOnce - 1)};
  const auto damaged = [&source, first](Error error) {
    error.what = "the image cannot be read from the parquet file (" + error.what + ")";
    error.where.file = source.file.string();
    error.where.record = first;
    error.way_out = "the file is probably damaged: fetch it again";
    return tl::unexpected<Error>(std::move(error));
  };
  auto rows = database_->query(sql, parameters);
  if (!rows) return damaged(rows.error());
  while (true) {
    auto row = rows->next();
    if (!row) return damaged(row.error());
    if (row->empty()) return {};
    const auto* number = std::get_if<std::int64_t>(&(*row)[0]);
    auto* blob = std::get_if<std::string>(&(*row)[1]);
    if (number == nullptr || blob == nullptr) continue;
    parquet_rows_[static_cast<std::uint64_t>(*number)] = std::move(*blob);
  }
}

}  // namespace osler
