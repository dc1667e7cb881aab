#include "osler/dataset/image_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "osler/core/base64.h"
#include "osler/core/hash.h"
#include "osler/storage/data_path.h"
#include "osler/storage/files.h"

namespace osler {
namespace {

constexpr std::size_t kCachedImages = 4;
/// Of their pixels; the last picture is kept whatever its size.
constexpr std::uint64_t kCachedBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kRowsAtOnce = 16;
constexpr std::uint64_t kBytesAtOnce = std::uint64_t{128} << 20;
constexpr std::uint64_t kMaxImageFile = std::uint64_t{1} << 30;

/// Tells two pictures apart in the cache: the same name may stand in two folders.
std::string identity(const ImageSource& source) {
  const auto span = source.base64.value_or(ByteSpan{});
  return fmt::format("{}\n{}\n{} {} {} {}", source.file, source.column, source.row.value_or(0),
                     source.element.value_or(0), span.offset, span.length);
}

/// How long "data:image/png;base64," is at the beginning of a text, if it is there; slashes may be escaped.
std::size_t data_uri_prefix(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  constexpr std::string_view kEnd = ";base64,";
  if (!text.starts_with("data:")) return 0;
  const std::size_t end = text.substr(0, kLongest).find(kEnd);
  return end == std::string_view::npos ? 0 : end + kEnd.size();
}

tl::unexpected<Error> damaged(const ImageSource& source, Error error) {
  error.what = "the image cannot be read from the parquet file (" + error.what + ")";
  error.where.file = source.file;
  error.where.record = source.row;
  error.way_out = "the file is probably damaged: fetch it again";
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

Result<std::shared_ptr<const Image>> ImageLoader::load(const ImageSource& source) {
  const std::string key = identity(source);
  if (const auto* cached = find(key, {}); cached != nullptr) return cached->image;
  const auto encoded = bytes(source);
  if (!encoded) return pass(encoded);
  const bool is_embedded = source.row.has_value() || source.base64.has_value();
  const std::string content = is_embedded ? sha256_hex(*encoded) : std::string();
  if (const auto* equal = find({}, content); equal != nullptr) return equal->image;
  auto decoded = decode_image(std::as_bytes(std::span(*encoded)), limits_);
  if (!decoded) {
    Error error = decoded.error();
    error.where.file = source.file;
    error.where.record = source.row;
    if (source.base64) error.where.byte = source.base64->offset;
    return tl::unexpected<Error>(std::move(error));
  }
  auto image = std::make_shared<const Image>(std::move(*decoded));
  keep({key, content, image});
  return image;
}

const ImageLoader::Cached* ImageLoader::find(const std::string& key, const std::string& content) {
  const auto known = std::find_if(cache_.begin(), cache_.end(), [&](const Cached& cached) {
    return cached.key == key || (!content.empty() && cached.content == content);
  });
  if (known == cache_.end()) return nullptr;
  std::rotate(known, known + 1, cache_.end());
  return &cache_.back();
}

void ImageLoader::keep(Cached cached) {
  cache_.push_back(std::move(cached));
  std::uint64_t bytes = 0;
  for (const auto& one : cache_) bytes += one.image->rgb.size();
  while (cache_.size() > 1 && (cache_.size() > kCachedImages || bytes > kCachedBytes)) {
    bytes -= cache_.front().image->rgb.size();
    cache_.erase(cache_.begin());
  }
}

Result<std::string> ImageLoader::bytes(const ImageSource& source) {
  if (source.base64) return base64_bytes(source);
  if (source.row) return parquet_bytes(source);
  if (source.file.empty()) {
    return fail(ErrorCode::unsupported,
                source.key.empty() ? "the item names no image"
                                   : fmt::format("the image '{}' lies outside of the benchmark's folder", source.key),
                {}, "mend the benchmark's data file");
  }
  auto content = read_data_file(source.file, kMaxImageFile);
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

/// The text of the file in which an image stands in base64; of a file in a zip, which is unpacked for that, the whole
/// is kept for the next image.
Result<std::string> ImageLoader::text_of_span(const ImageSource& source) {
  const auto archive = archive_path(source.file);
  if (!archive || archive->member.empty()) {
    return read_file_part(source.file, source.base64->offset, source.base64->length);
  }
  if (member_ != source.file) {
    member_.clear();
    auto text = read_data_file(source.file);
    if (!text) return pass(text);
    member_text_ = std::move(*text);
    member_ = source.file;
  }
  const auto [offset, length] = *source.base64;
  if (offset > member_text_.size() || length > member_text_.size() - offset) {
    return fail(ErrorCode::malformed, fmt::format("ends before byte {}", offset + length), {source.file},
                "the file has changed: start again");
  }
  return member_text_.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
}

Result<std::string> ImageLoader::base64_bytes(const ImageSource& source) {
  Place place{source.file};
  place.byte = source.base64->offset;
  if (source.base64->length > kMaxImageFile) {
    return fail(ErrorCode::limit, fmt::format("holds an image of more than {} bytes", kMaxImageFile), std::move(place));
  }
  const auto text = text_of_span(source);
  if (!text) return pass(text);
  const std::size_t prefix = data_uri_prefix(*text);
  auto content = decode_base64(std::string_view(*text).substr(prefix));
  if (content) return content;
  Error error = content.error();
  *place.byte += prefix + error.where.byte.value_or(0);
  error.where = std::move(place);
  error.what = fmt::format("the image in base64 {}", error.what);
  return tl::unexpected<Error>(std::move(error));
}

Result<std::string> ImageLoader::parquet_bytes(const ImageSource& source) {
  if (auto status = choose_parquet_column(source); !status) return pass(status);
  const RowAndElement wanted{*source.row, source.element.value_or(0)};
  auto picture = parquet_rows_.find(wanted);
  if (picture == parquet_rows_.end()) {
    if (auto status = read_parquet_rows(source); !status) return pass(status);
    picture = parquet_rows_.find(wanted);
  }
  if (picture == parquet_rows_.end() || picture->second.empty()) {
    Place place{source.file};
    place.record = source.row;
    return fail(ErrorCode::not_found, fmt::format("has no image bytes in its column '{}'", source.column),
                std::move(place), "fetch the file again");
  }
  return picture->second;
}

/// Finds out, once for the images that follow each other, how a column holds its pictures.
Status ImageLoader::choose_parquet_column(const ImageSource& source) {
  ParquetColumn column{fmt::format("{}\n{}", source.file, source.column)};
  if (parquet_column_.key == column.key) return {};
  parquet_column_ = {};
  parquet_rows_.clear();
  if (!database_) {
    auto opened = Database::open();
    if (!opened) return pass(opened);
    database_ = std::move(*opened);
  }
  const std::string name = sql_name(source.column);
  auto rows = database_->query(
      fmt::format("DESCRIBE SELECT {} FROM read_parquet({})", name, sql_quote(plain_path(source.file))));
  if (!rows) return damaged(source, rows.error());
  const auto row = rows->next();
  if (!row) return damaged(source, row.error());
  const auto* type = row->size() > 1 ? std::get_if<std::string>(&(*row)[1]) : nullptr;
  column.list = type != nullptr && type->ends_with("[]");
  column.bytes = column.list ? name + "[element]" : name;
  if (type == nullptr || type->starts_with("STRUCT(")) column.bytes += ".bytes";
  column.group_rows = kRowsAtOnce;
  if (column.list) {
    const auto group = rows_of_lists(source);
    if (!group) return pass(group);
    column.group_rows = *group;
  }
  parquet_column_ = std::move(column);
  return {};
}

/// How many rows of lists are read at once. DuckDB reads a whole group of rows for any of its lists, so that few at a
/// time would mean to read the file over and over: as many as kBytesAtOnce holds, by the file's own statistics.
Result<std::uint64_t> ImageLoader::rows_of_lists(const ImageSource& source) {
  const std::vector<SqlValue> parameters{source.column + ", "};
  auto rows =
      database_->query(fmt::format("SELECT CAST(coalesce(sum(total_uncompressed_size), 0) AS BIGINT), "
                                   "CAST(coalesce(max(row_group_num_rows), 0) AS BIGINT), count(DISTINCT row_group_id) "
                                   "FROM parquet_metadata({}) WHERE starts_with(path_in_schema, ?)",
                                   sql_quote(plain_path(source.file))),
                       parameters);
  if (!rows) return damaged(source, rows.error());
  const auto row = rows->next();
  if (!row) return damaged(source, row.error());
  const auto number = [&row](std::size_t i) {
    const auto* value = row->size() > i ? std::get_if<std::int64_t>(&(*row)[i]) : nullptr;
    return value != nullptr && *value > 0 ? static_cast<std::uint64_t>(*value) : 0;
  };
  const std::uint64_t bytes = number(0);
  const std::uint64_t group = number(1);
  const std::uint64_t groups = number(2);
  if (bytes == 0 || group == 0) return kRowsAtOnce;
  const std::uint64_t bytes_a_row = 1 + bytes / groups / group;
  return std::clamp(kBytesAtOnce / bytes_a_row, kRowsAtOnce, std::max(group, kRowsAtOnce));
}

Status ImageLoader::read_parquet_rows(const ImageSource& source) {
  parquet_rows_.clear();
  const auto& column = parquet_column_;
  const std::string name = sql_name(source.column);
  const std::string from =
      "read_parquet(?, file_row_number = true, hive_partitioning = false) WHERE file_row_number BETWEEN ? AND ?";
  const std::string sql = column.list
                              ? fmt::format(
                                    "SELECT file_row_number, {}, element - 1 FROM (SELECT file_row_number, {}, "
                                    "unnest(range(1, len({}) + 1)) AS element FROM {})",
                                    column.bytes, name, name, from)
                              : fmt::format("SELECT file_row_number, {}, 0::BIGINT FROM {}", column.bytes, from);
  const std::vector<SqlValue> parameters{plain_path(source.file), static_cast<std::int64_t>(*source.row),
                                         static_cast<std::int64_t>(*source.row + column.group_rows - 1)};
  auto rows = database_->query(sql, parameters);
  if (!rows) return damaged(source, rows.error());
  while (true) {
    auto row = rows->next();
    if (!row) return damaged(source, row.error());
    if (row->empty()) return {};
    const auto* number = std::get_if<std::int64_t>(&(*row)[0]);
    auto* blob = std::get_if<std::string>(&(*row)[1]);
    const auto* element = std::get_if<std::int64_t>(&(*row)[2]);
    if (number == nullptr || blob == nullptr || element == nullptr) continue;
    parquet_rows_[{static_cast<std::uint64_t>(*number), static_cast<std::uint32_t>(*element)}] = std::move(*blob);
  }
}

}  // namespace osler
