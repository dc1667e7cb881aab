#include "osler/dataset/delimited.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "osler/core/utf8.h"

namespace osler {
namespace {

tl::unexpected<Error> failure(const ByteStream& stream, std::uint64_t line, std::string what,
                              ErrorCode code = ErrorCode::malformed) {
  Place place{stream.path().string()};
  place.line = line;
  return fail(code, std::move(what), std::move(place), "mend this line or fetch the file again");
}

/// What is wrong with the bytes of a field, or nothing.
const char* fault_of(std::string_view bytes) {
  unsigned high = 0;
  unsigned zero = 0;
  for (const char c : bytes) {
    high |= static_cast<unsigned char>(c);
    zero |= static_cast<unsigned>(c == '\0');
  }
  if (high >= 0x80 && !is_utf8(bytes)) return "is not text in UTF-8";
  return zero != 0 ? "holds bytes of zero, which no text in UTF-8 has" : nullptr;
}

class Reader {
 public:
  Reader(ByteStream& stream, char delimiter, std::uint64_t max_record)
      : stream_(stream), window_(stream.window()), max_record_(max_record) {
    for (const char c : {delimiter, '\n', '\r'}) ends_field_[static_cast<unsigned char>(c)] = true;
    delimiter_ = delimiter;
  }

  /// True if there is another record; a failure to read also says so.
  bool more() { return available() || failure_; }

  /// The next record, which stands until drop(); precondition: more(). An empty line gives one empty field.
  Result<DelimitedRecord> next() {
    DelimitedRecord record{line_, {}};
    spans_.clear();
    while (true) {
      if (!read_field(record.line)) break;
      if (!available() || window_[at_++] != delimiter_) break;
    }
    // The last field ended at a line end; "\r\n" is one.
    if (at_ > 0 && window_[at_ - 1] == '\r' && available() && window_[at_] == '\n') ++at_;
    if (failure_) return tl::unexpected<Error>(std::move(*failure_));
    ++line_;
    record.fields.reserve(spans_.size());
    for (const auto& span : spans_) {
      const auto raw = window_.substr(span.begin, span.end - span.begin);
      if (const char* fault = fault_of(raw); fault != nullptr) return failure(stream_, record.line, fault);
      record.fields.push_back({raw, stream_.offset() + span.begin, span.plain});
    }
    return record;
  }

  void drop() {
    stream_.drop(at_);
    window_ = stream_.window();
    at_ = 0;
  }

 private:
  /// A field in the window.
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool plain = true;
  };

  /// Whether there is a byte at at_, which is read if need be. False also after a failure.
  bool available() { return at_ < window_.size() || fill(); }

  bool fill() {
    if (failure_) return false;
    if (window_.size() > max_record_) {
      failure_ = failure(stream_, line_,
                         fmt::format("belongs to a record of more than {} bytes; perhaps a quote is never closed",
                                     max_record_),
                         ErrorCode::limit)
                     .value();
      return false;
    }
    const auto more = stream_.more();
    if (!more) failure_ = more.error();
    window_ = stream_.window();
    return more && *more;
  }

  bool read_field(std::uint64_t begin_line) {
    Span span{at_, at_, true};
    const bool quoted = available() && window_[at_] == '"';
    if (quoted) {
      span.begin = ++at_;
      if (!pass_quoted(span, begin_line)) return false;
      span.end = at_ - 1;
    }
    // Also what follows a closing quote, as Python's csv module has it.
    const std::size_t rest = at_;
    do {
      while (at_ < window_.size() && !ends_field_[static_cast<unsigned char>(window_[at_])]) ++at_;
    } while (at_ >= window_.size() && fill());
    if (quoted && at_ > rest) span.plain = false;
    if (!quoted || at_ > rest) span.end = at_;
    spans_.push_back(span);
    return !failure_;
  }

  /// Goes on to behind the quote that closes the field.
  bool pass_quoted(Span& span, std::uint64_t begin_line) {
    while (available()) {
      const std::size_t quote = std::min(window_.find('"', at_), window_.size());
      const auto passed = window_.substr(at_, quote - at_);
      line_ += static_cast<std::uint64_t>(std::count(passed.begin(), passed.end(), '\n'));
      at_ = quote;
      if (at_ == window_.size()) continue;
      ++at_;
      if (!available() || window_[at_] != '"') return !failure_;
      ++at_;
      span.plain = false;
    }
    if (!failure_) failure_ = failure(stream_, begin_line, "opens a quote that nothing closes").value();
    return false;
  }

  ByteStream& stream_;
  std::string_view window_;  ///< Of the stream; it begins with the record.
  std::uint64_t max_record_;
  char delimiter_ = ',';
  std::array<bool, 256> ends_field_{};
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::vector<Span> spans_;
  std::optional<Error> failure_;
};

}  // namespace

std::string DelimitedField::text() const {
  if (plain) return std::string(raw);
  std::string text;
  text.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size(); ++at) {
    if (raw[at] == '"' && (++at >= raw.size() || raw[at] != '"'))
      return text.append(raw.substr(std::min(at, raw.size())));
    text += raw[at];
  }
  return text;
}

Status for_each_record(ByteStream& stream, char delimiter, const std::function<Status(const DelimitedRecord&)>& accept,
                       std::uint64_t max_record) {
  if (auto status = drop_byte_order_mark(stream); !status) return status;
  Reader reader(stream, delimiter, max_record);
  std::size_t columns = 0;
  for (; reader.more(); reader.drop()) {
    const auto record = reader.next();
    if (!record) return pass(record);
    if (record->fields.size() == 1 && record->fields.front().text().empty()) continue;
    if (columns == 0) columns = record->fields.size();
    if (record->fields.size() != columns) {
      return failure(stream, record->line,
                     fmt::format("has {} fields where the header has {}", record->fields.size(), columns));
    }
    if (auto status = accept(*record); !status) return status;
  }
  return {};
}

}  // namespace osler
