#pragma once

#include <string_view>
#include <vector>

#include "osler/dataset/rows.h"
#include "osler/storage/json_scan.h"

namespace osler {

/// Makes rows' fields of the text of JSON records. All of a record is checked, but what is not wanted is not kept, and
/// base64 is not copied. Much faster than the parser that it leans on, because most values are plain texts.
class JsonRecordParser {
 public:
  /// `format` must outlive the parser.
  explicit JsonRecordParser(const RowFormat& format) : format_(format) {}

  /// The fields of the record in `text`, which stands at `offset` in the file. `place` is the record's; errors of
  /// syntax name the byte, too.
  [[nodiscard]] Result<Json> fields_of(std::string_view text, std::uint64_t offset, const Place& place);

  /// Whether the column is wanted.
  [[nodiscard]] bool wants(std::string_view column) const;

 private:
  [[nodiscard]] Result<Json> spans_of(std::string_view value, std::uint64_t offset);

  const RowFormat& format_;
  std::vector<JsonMember> members_;
  std::vector<std::string_view> elements_;
};

}  // namespace osler
