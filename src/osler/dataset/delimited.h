#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/storage/byte_stream.h"

namespace osler {

/// One field of a CSV or TSV record, valid until the receiver returns.
struct DelimitedField {
  std::string_view raw;      ///< As it is written, without the quotes around it.
  std::uint64_t offset = 0;  ///< Of `raw` in the file.
  bool plain = true;         ///< `raw` is the text: no doubled quotes in it, and nothing after a closing quote.

  [[nodiscard]] std::string text() const;
};

/// One record of a CSV or TSV file, valid until the receiver returns.
struct DelimitedRecord {
  std::uint64_t line = 0;  ///< Where it starts, 1-based.
  std::vector<DelimitedField> fields;
};

constexpr std::uint64_t kMaxDelimitedRecord = std::uint64_t{1} << 30;

/// Calls `accept` for the header and then every record of a text in the manner of RFC 4180, as Python's csv module
/// reads it: a quoted field may hold delimiters, line ends and doubled quotes; empty lines are passed over.
/// Nothing is guessed: no comments, no title lines, no missing values. A record with more or fewer fields than the
/// header, an open quote at the end, bytes that are not UTF-8 or zero and a record longer than `max_record` bytes are
/// errors that name the line. Of the stream one record is in memory, and what was read on from its end.
[[nodiscard]] Status for_each_record(ByteStream& stream, char delimiter,
                                     const std::function<Status(const DelimitedRecord&)>& accept,
                                     std::uint64_t max_record = kMaxDelimitedRecord);

}  // namespace osler
