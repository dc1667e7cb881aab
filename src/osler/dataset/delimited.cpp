#include "osler/dataset/delimited.h"

#include <fmt/format.h>

#include "osler/core/utf8.h"
#include "osler/dataset/text.h"

namespace osler {
namespace {

tl::unexpected<Error> failure(const std::string& file, std::uint64_t line, std::string what) {
  Place place{file};
  place.line = line;
  return fail(ErrorCode::malformed, std::move(what), std::move(place), "mend this line or fetch the file again");
}

class Reader {
 public:
  Reader(std::string_view text, char delimiter, const std::string& file)
      : text_(text), delimiter_(delimiter), file_(file) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }

  /// The next record; precondition: !done(). An empty line gives one empty field.
  Result<Record> next() {
    Record record{line_, {}};
    while (true) {
      std::string field;
      if (auto status = read_field(field, record.line); !status) return pass(status);
      if (!is_utf8(field)) return failure(file_, record.line, "is not text in UTF-8");
      record.fields.push_back(std::move(field));
      if (at_ >= text_.size()) return record;
      if (text_[at_++] != delimiter_) break;
    }
    // The field ended at a line end; "\r\n" is one.
    if (text_[at_ - 1] == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
    return record;
  }

 private:
  [[nodiscard]] bool ends_field(char c) const { return c == delimiter_ || c == '\n' || c == '\r'; }

  Status read_field(std::string& field, std::uint64_t begin) {
    if (at_ < text_.size() && text_[at_] == '"') {
      ++at_;
      while (true) {
        if (at_ >= text_.size()) return failure(file_, begin, "opens a quote that nothing closes");
        const char c = text_[at_++];
        if (c == '"') {
          if (at_ >= text_.size() || text_[at_] != '"') break;
          ++at_;
        }
        if (c == '\n') ++line_;
        field += c;
      }
    }
    // Also what follows a closing quote, as Python's csv module has it.
    const std::size_t rest = at_;
    while (at_ < text_.size() && !ends_field(text_[at_])) ++at_;
    field += text_.substr(rest, at_ - rest);
    return {};
  }

  std::string_view text_;
  char delimiter_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
};

}  // namespace

Status for_each_record(std::string_view text, char delimiter, const std::string& file,
                       const std::function<Status(Record&&)>& accept) {
  text = without_byte_order_mark(text);
  Reader reader(text, delimiter, file);
  std::size_t columns = 0;
  while (!reader.done()) {
    auto record = reader.next();
    if (!record) return pass(record);
    if (record->fields.size() == 1 && record->fields.front().empty()) continue;
    if (columns == 0) columns = record->fields.size();
    if (record->fields.size() != columns) {
      return failure(file, record->line,
                     fmt::format("has {} fields where the header has {}", record->fields.size(), columns));
    }
    if (auto status = accept(std::move(*record)); !status) return status;
  }
  return {};
}

}  // namespace osler
