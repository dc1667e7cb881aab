// Whatever is in a data file: rows and items come of it, or a sentence that names the file. The first byte chooses
// the format and the form; the rest is the file. (Parquet is DuckDB's: tests/dataset/parquet_test.cpp flips its bytes.)
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "osler/core/item.h"
#include "osler/core/utf8.h"
#include "osler/dataset/card.h"
#include "osler/dataset/items.h"
#include "osler/dataset/rows.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

osler::Form form_of(const std::string& options, const std::string& answer, const std::string& kinds) {
  const std::string text =
      "name: fuzz\nforms:\n  - name: f\n    format: json\n    files: {test: [x]}\n    id: \"{split}-{n}\"\n"
      "    question: q\n    answer: {column: a, is: " +
      answer + "}\n    options: " + options + "\n    images: {columns: [i, j], folders: [p, .]}\n    kinds: " + kinds +
      "\n    strata: {s: s}\n    capability: {column: c, understanding: [u], reasoning: [r]}\n";
  return osler::parse_card(text, "fuzz.yaml").value().forms.front();
}

const std::vector<osler::Form>& forms() {
  static const std::vector<osler::Form> all{
      form_of("o", "letter", "[{kind: mcq}]"), form_of("o", "text", "[{kind: mcq}]"),
      form_of("[o, s, a]", "letter", "[{kind: yes_no, when: {column: a, in: [\"yes\", \"no\"]}}, {kind: mcq}]"),
      form_of("[o, s, a]", "text", "[{kind: yes_no, when: {column: s, prefix: x}}, {kind: open}]")};
  return all;
}

void check(const osler::ItemDraft& draft) {
  const osler::Item& item = draft.item;
  require(!item.id.empty() && !item.question.empty());
  require(item.options.size() <= 26);
  require(!item.gold_option || *item.gold_option < item.options.size());
  require(item.kind == osler::Kind::open || item.gold_option || !draft.problems.empty());
  // A question about a picture names one, and none that lies outside of the folder.
  require(!item.images.empty());
  for (const auto& image : item.images) require(image.file.empty() || image.file.starts_with("/proc/self/fd/"));
}

/// What reading the file gives, and each row's images where they are in base64.
struct Reading {
  std::vector<osler::Json> rows;
  osler::Status status;
};

Reading read(const std::string& path, const osler::RowFormat& format) {
  Reading reading;
  reading.status = osler::for_each_row(path, format, [&reading](osler::Row&& row) -> osler::Status {
    require(row.fields.is_object() && row.number == reading.rows.size());
    reading.rows.push_back(std::move(row.fields));
    return {};
  });
  return reading;
}

/// The pieces in which a file is read change nothing.
void check_pieces(const std::string& path, const std::string& format) {
  osler::RowFormat how{format};
  const auto whole = read(path, how);
  how.limits.chunk = 1;
  const auto bytes = read(path, how);
  require(whole.rows == bytes.rows && whole.status.has_value() == bytes.status.has_value());
  require(whole.status || whole.status.error().message() == bytes.status.error().message());
}

/// Whatever is taken for an array of records is one for the parser, too, and the same.
void check_json(const std::string& path, std::string_view text) {
  const auto reading = read(path, {"json"});
  if (!reading.status) return;
  const auto parsed = osler::Json::parse(osler::without_byte_order_mark(text), nullptr, false);
  require(!parsed.is_discarded());
  if (parsed.is_array()) require(parsed == osler::Json(reading.rows));
}

/// Images in base64 lie within the file.
void check_spans(const std::string& path, const std::string& format, std::size_t size) {
  const osler::RowFormat how{format, {"i", "q"}, {"i"}, {}};
  for (const auto& row : read(path, how).rows) {
    require(row.size() <= 3);
    if (!row.contains("i") || !row["i"].is_array()) continue;
    for (const auto& span : row["i"]) {
      // Of JSON an array that holds no texts stays as it is.
      if (!span.is_object() || !span.contains("offset") || !span["offset"].is_number_unsigned()) continue;
      require(format.starts_with("json") ||
              span["offset"].get<std::uint64_t>() + span["length"].get<std::uint64_t>() <= size);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const int file = memfd_create("rows", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  require(ftruncate(file, 0) == 0);
  require(pwrite(file, data + 1, size - 1, 0) == static_cast<ssize_t>(size - 1));

  constexpr std::array<const char*, 4> kFormats{"json", "jsonl", "csv", "tsv"};
  const std::string format = kFormats[data[0] % 4];
  const osler::Form& form = forms()[data[0] / 4 % 4];
  const auto columns = osler::columns_of(path, format);
  std::uint64_t sequence = 0;
  const auto status = osler::for_each_row(path, {format}, [&](osler::Row&& row) -> osler::Status {
    require(row.fields.is_object() && row.number == sequence);
    const auto draft = osler::make_item(form, "test", sequence++, row, path);
    if (draft) {
      check(*draft);
    } else {
      require(draft.error().where.file == path && draft.error().where.record);
    }
    return {};
  });
  require(status || (status.error().where.file == path && !status.error().what.empty()));
  require(columns || !status);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  check_pieces(path, format);
  if (format == "json") check_json(path, text);
  check_spans(path, format, text.size());
  return 0;
}
