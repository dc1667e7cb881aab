#include "osler/dataset/json_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "osler/dataset/json_record.h"
#include "osler/storage/json_scan.h"

namespace osler {
namespace {

/// Walks over the outermost brackets of a JSON file; what lies in them is left to JsonRecordParser.
class Reader {
 public:
  Reader(ByteStream& stream, const RowFormat& format, const std::function<Status(Row&&)>& accept)
      : stream_(stream), format_(format), accept_(accept), parser_(format) {}

  Status read() {
    const auto first = peek();
    if (!first) return pass(first);
    if (*first != '[' && *first != '{') {
      const bool value = *first == '"' || *first == '-' || (*first >= '0' && *first <= '9') || *first == 't' ||
                         *first == 'f' || *first == 'n';
      return value ? Status(not_records()) : Status(unexpected("'['"));
    }
    if (auto status = *first == '[' ? read_array() : read_object(); !status) return status;
    const auto rest = next();
    if (!rest) return pass(rest);
    return *rest ? Status(unexpected("the end of the file")) : Status();
  }

 private:
  [[nodiscard]] Place here() const {
    Place place{stream_.path().string()};
    place.byte = stream_.offset();
    return place;
  }

  [[nodiscard]] Place record() const {
    Place place{stream_.path().string()};
    place.record = number_;
    return place;
  }

  [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view expected) const {
    const auto window = stream_.window();
    const unsigned char byte = window.empty() ? 0 : static_cast<unsigned char>(window.front());
    if (byte == 0 || byte >= 0x80) {
      return fail(ErrorCode::malformed,
                  fmt::format("is not valid JSON in UTF-8 (byte 0x{:02X} where {} is expected)", byte, expected),
                  here(), "fetch the file again, or convert it to UTF-8");
    }
    return fail(ErrorCode::malformed, fmt::format("is not valid JSON ({} is expected)", expected), here(),
                "mend the file or fetch it again");
  }

  [[nodiscard]] tl::unexpected<Error> not_records() const {
    return fail(
        ErrorCode::malformed, "is not a JSON array of records", {stream_.path().string()},
        "a JSON benchmark file is a list of objects, an object that holds one such list, or an object of objects");
  }

  [[nodiscard]] tl::unexpected<Error> broken_off() const {
    Place place = here();
    *place.byte += stream_.window().size();
    return fail(ErrorCode::malformed, "the JSON breaks off", std::move(place),
                "the file is probably cut short: fetch or copy it again");
  }

  /// The next byte that is no white space, which stays; nothing at the end of the file.
  Result<std::optional<char>> next() {
    while (true) {
      const auto window = stream_.window();
      std::size_t space = 0;
      while (space < window.size() && is_json_space(window[space])) ++space;
      const auto found = space < window.size() ? std::optional<char>(window[space]) : std::nullopt;
      stream_.drop(space);
      if (found) return found;
      const auto more = stream_.more();
      if (!more) return pass(more);
      if (!*more) return std::optional<char>();
    }
  }

  /// The same where the file must not end.
  Result<char> peek() {
    const auto found = next();
    if (!found) return pass(found);
    if (!*found) return broken_off();
    return **found;
  }

  /// Passes over `c`, which must be next.
  Status take(char c) {
    const auto found = peek();
    if (!found) return pass(found);
    if (*found != c) return unexpected(fmt::format("'{}'", c));
    stream_.drop(1);
    return {};
  }

  /// Passes over a comma, and says true, or over the bracket that ends the list or the object.
  Result<bool> another(char end) {
    const auto found = peek();
    if (!found) return pass(found);
    if (*found != ',' && *found != end) return unexpected(fmt::format("',' or '{}'", end));
    stream_.drop(1);
    return *found == ',';
  }

  /// The text of the value that is next; it stands until the stream goes on.
  Result<std::string_view> value() {
    const auto first = peek();
    if (!first) return pass(first);
    if (static_cast<unsigned char>(*first) >= 0x80) return unexpected("a value");
    JsonExtent extent;
    while (true) {
      const auto window = stream_.window();
      const auto size = extent.advance(window);
      if (size && *size == 0) return unexpected("a value");
      if (size.value_or(window.size()) > format_.limits.json_record) {
        return fail(ErrorCode::limit, fmt::format("is a record of more than {} bytes", format_.limits.json_record),
                    record(), "the file is no list of records, or it is damaged: fetch it again");
      }
      if (size) return window.substr(0, *size);
      const auto more = stream_.more();
      if (!more) return pass(more);
      if (*more) continue;
      // What is there may be wrong before it breaks off.
      const auto part = parse_json(stream_.window(), here());
      return part ? broken_off() : pass(part);
    }
  }

  Status read_record(const std::string& key) {
    const auto text = value();
    if (!text) return pass(text);
    auto fields = parser_.fields_of(*text, stream_.offset(), record());
    if (!fields) return pass(fields);
    if (keyed_ && parser_.wants("_key")) fields->emplace("_key", key);
    stream_.drop(text->size());
    return accept_({number_++, std::move(*fields)});
  }

  Status read_array() {
    stream_.drop(1);
    const auto first = peek();
    if (!first) return pass(first);
    if (*first == ']') {
      stream_.drop(1);
      return {};
    }
    while (true) {
      if (auto status = read_record({}); !status) return status;
      const auto more = another(']');
      if (!more) return pass(more);
      if (!*more) return {};
    }
  }

  /// {"key": {record}, ...}, or one list of records beside single values.
  Status read_object() {
    stream_.drop(1);
    const auto first = peek();
    if (!first) return pass(first);
    bool single = false;
    bool list = false;
    for (bool more = *first != '}'; more;) {
      auto key = read_key();
      if (!key) return pass(key);
      const auto begin = peek();
      if (!begin) return pass(begin);
      if ((*begin == '{' && (list || single)) || (*begin == '[' && (list || keyed_))) return not_records();
      if (*begin == '{') {
        keyed_ = true;
        if (auto status = read_record(*key); !status) return status;
      } else if (*begin == '[') {
        list = true;
        if (auto status = read_array(); !status) return status;
      } else {
        if (auto status = pass_single_value(); !status) return status;
        single = true;
      }
      if (keyed_ && single) return not_records();
      const auto another_member = another('}');
      if (!another_member) return pass(another_member);
      more = *another_member;
    }
    return number_ == 0 ? Status(not_records()) : Status();
  }

  Result<std::string> read_key() {
    const auto quote = peek();
    if (!quote) return pass(quote);
    if (*quote != '"') return unexpected("a key in quotes");
    const auto text = value();
    if (!text) return pass(text);
    auto key = parse_json(*text, here());
    if (!key) return pass(key);
    stream_.drop(text->size());
    if (auto status = take(':'); !status) return pass(status);
    return key->get<std::string>();
  }

  Status pass_single_value() {
    const auto text = value();
    if (!text) return pass(text);
    if (auto parsed = parse_json(*text, here()); !parsed) return pass(parsed);
    stream_.drop(text->size());
    return {};
  }

  ByteStream& stream_;
  const RowFormat& format_;
  const std::function<Status(Row&&)>& accept_;
  JsonRecordParser parser_;
  std::uint64_t number_ = 0;
  bool keyed_ = false;
};

}  // namespace

Status for_each_json_row(ByteStream& stream, const RowFormat& format, const std::function<Status(Row&&)>& accept) {
  if (auto status = drop_byte_order_mark(stream); !status) return status;
  return Reader(stream, format, accept).read();
}

Status for_each_json_line_row(ByteStream& stream, const RowFormat& format, const std::function<Status(Row&&)>& accept) {
  if (auto status = drop_byte_order_mark(stream); !status) return status;
  JsonRecordParser parser(format);
  std::uint64_t number = 0;
  return for_each_line(stream, format.limits.json_record, [&](const TextLine& line) -> Status {
    const bool empty = std::all_of(line.text.begin(), line.text.end(), is_json_space);
    if (empty) return {};
    Place place{stream.path().string()};
    place.line = line.number;
    auto fields = parser.fields_of(line.text, line.begin, place);
    if (!fields) return pass(fields);
    return accept({number++, std::move(*fields)});
  });
}

}  // namespace osler
