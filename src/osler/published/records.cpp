#include "osler/published/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "osler/dataset/delimited.h"
#include "osler/storage/byte_stream.h"

namespace osler::published {
namespace {

Status take_header(const DelimitedRecord& record, Records& records) {
  std::set<std::string> seen;
  for (const auto& field : record.fields) {
    records.columns.push_back(read_cell(field.text()).text);
    const auto& name = records.columns.back();
    if (!name.empty() && !seen.insert(lower_case(name)).second) {
      return fail(ErrorCode::malformed, fmt::format("two columns are called '{}'", name), {records.file, record.line},
                  "give each column a name of its own");
    }
  }
  if (records.columns.size() > kMostColumns) {
    return fail(ErrorCode::limit, fmt::format("has more than {} columns", kMostColumns), {records.file},
                "give the audit the table of results alone");
  }
  return {};
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::size_t Records::find(std::initializer_list<std::string_view> names) const {
  for (const auto name : names) {
    const auto found =
        std::ranges::find_if(columns, [name](const std::string& column) { return lower_case(column) == name; });
    if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
  }
  return columns.size();
}

Result<Records> read_records(std::string text, const std::string& file) {
  if (text.size() > kMostBytes) {
    return fail(ErrorCode::limit, fmt::format("is larger than {} MiB", kMostBytes >> 20), {file},
                "give the audit the table of results alone");
  }
  Records records{.file = file};
  auto stream = ByteStream::of_text(std::move(text), file);
  if (auto status = drop_byte_order_mark(stream); !status) return pass(status);
  const char delimiter = file.ends_with(".tsv") ? '\t' : ',';
  const auto accept = [&](const DelimitedRecord& record) -> Status {
    if (records.columns.empty()) return take_header(record, records);
    if (records.rows.size() == kMostRows) {
      return fail(ErrorCode::limit, fmt::format("has more than {} rows", kMostRows), {file},
                  "give the audit the table of results alone");
    }
    Record row{.line = record.line};
    for (const auto& field : record.fields) row.cells.push_back(read_cell(field.text()));
    records.rows.push_back(std::move(row));
    return {};
  };
  if (auto status = for_each_record(stream, delimiter, accept); !status) return pass(status);
  if (records.rows.empty()) {
    return fail(ErrorCode::malformed, "holds no table: a header and a row are the least", {file},
                "write model,benchmark,accuracy, or model and a column for each benchmark");
  }
  return records;
}

}  // namespace osler::published
