#include "osler/dataset/data_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "osler/dataset/fields.h"
#include "osler/dataset/rows.h"
#include "osler/dataset/text.h"
#include "osler/storage/python_literal.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRows = 1000;
constexpr std::size_t kMostCells = 200'000;
constexpr std::size_t kLongestText = 1024;
constexpr std::size_t kLongestLiteral = 65'536;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kFormats{{{".parquet", "parquet"},
                                                                                 {".json", "json"},
                                                                                 {".jsonl", "jsonl"},
                                                                                 {".ndjson", "jsonl"},
                                                                                 {".csv", "csv"},
                                                                                 {".tsv", "tsv"},
                                                                                 {".tab", "tsv"},
                                                                                 {".pq", "parquet"}}};

/// How pictures begin in base64: JPEG, PNG, GIF, WebP, TIFF (twice), BMP.
bool looks_like_base64(std::string_view text) {
  constexpr std::array<std::string_view, 8> kBeginnings{"data:image/", "/9j/",  "iVBORw0KGgo", "R0lGOD",
                                                        "UklGR",       "SUkqA", "TU0AK",       "Qk0"};
  constexpr std::size_t kShortest = 64;
  return text.size() > kShortest && text.find(' ') == std::string_view::npos &&
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&text](std::string_view beginning) { return text.starts_with(beginning); });
}

enum class CellKind { other, picture_name, embedded, base64, options };

CellKind kind_of_text(std::string_view text) {
  if (is_picture_name(text)) return CellKind::picture_name;
  return looks_like_base64(text) ? CellKind::base64 : CellKind::other;
}

CellKind kind_of_object(const Json& cell, bool parquet) {
  if (parquet && cell.size() == 1 && cell.contains("path")) return CellKind::embedded;
  for (const char* key : {"image_path", "path", "file_name"}) {
    const auto found = cell.find(key);
    if (found != cell.end() && found->is_string()) return kind_of_text(found->get_ref<const std::string&>());
  }
  const auto keys = cell.items();
  const bool letters = std::all_of(keys.begin(), keys.end(), [](const auto& entry) { return entry.key().size() == 1; });
  return letters && cell.size() >= 2 ? CellKind::options : CellKind::other;
}

/// Of a list that of its elements, if they agree; several other texts, and {letter, content}, are options.
CellKind kind_of_list(const Json& cell, bool parquet) {
  std::array<std::size_t, 5> kinds{};
  std::size_t texts = 0;
  for (const auto& element : cell) {
    CellKind kind = CellKind::other;
    if (element.is_string()) kind = kind_of_text(element.get_ref<const std::string&>());
    if (element.is_object()) kind = kind_of_object(element, parquet);
    ++kinds.at(static_cast<std::size_t>(kind));
    if (!element.is_object() || element.contains("content")) ++texts;
  }
  for (const auto kind : {CellKind::picture_name, CellKind::embedded, CellKind::base64}) {
    if (kinds.at(static_cast<std::size_t>(kind)) == cell.size()) return kind;
  }
  return texts == cell.size() && cell.size() >= 2 ? CellKind::options : CellKind::other;
}

/// A text that spells a list or an object, as that; the kind of spelling is counted.
Json without_literal(const Json& cell, ColumnFacts& facts) {
  const std::string text(trim(cell.get_ref<const std::string&>()));
  if (text.size() < 2 || text.size() > kLongestLiteral || (text.front() != '[' && text.front() != '{')) return cell;
  if (auto value = parse_json(text, {}); value && value->is_structured()) {
    ++facts.json_literals;
    return std::move(*value);
  }
  auto value = parse_python_literal(text, {});
  if (!value || !value->is_structured()) return cell;
  ++facts.python_literals;
  return std::move(*value);
}

bool is_empty(const Json& cell) {
  return cell.is_null() || (cell.is_structured() && cell.empty()) ||
         (cell.is_string() && trim(cell.get_ref<const std::string&>()).empty());
}

void note_text(const Json& cell, ColumnFacts& facts) {
  const std::string whole = text_of_value(cell);
  const auto text = trim(whole);
  facts.characters += text.size();
  facts.longest = std::max<std::uint64_t>(facts.longest, text.size());
  ++facts.values[std::string(text.substr(0, kLongestText))];
}

void note_cell(const Json& raw, bool parquet, ColumnFacts& facts) {
  if (is_empty(raw)) return;
  ++facts.filled;
  const Json cell = raw.is_string() ? without_literal(raw, facts) : raw;
  CellKind kind = CellKind::other;
  if (cell.is_array()) {
    kind = kind_of_list(cell, parquet);
  } else if (cell.is_object()) {
    kind = kind_of_object(cell, parquet);
  } else {
    if (cell.is_string()) kind = kind_of_text(trim(cell.get_ref<const std::string&>()));
    note_text(cell, facts);
  }
  if (kind == CellKind::picture_name) ++facts.picture_names;
  if (kind == CellKind::embedded) ++facts.embedded;
  if (kind == CellKind::base64) ++facts.base64;
  if (kind == CellKind::options) ++facts.option_lists;
}

/// Base64 above all is not worth keeping; a literal is.
void shorten(Json& value) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    const bool literal = text.starts_with('[') || text.starts_with('{');
    if (text.size() > (literal ? kLongestLiteral : kLongestText)) text.resize(kLongestText);
  } else if (value.is_structured()) {
    for (auto& element : value) shorten(element);
  }
}

ColumnFacts& facts_of(DataSample& sample, std::map<std::string, std::size_t>& places, const std::string& name) {
  const auto [place, is_new] = places.emplace(name, sample.columns.size());
  if (is_new) sample.columns.push_back({name});
  return sample.columns[place->second];
}

}  // namespace

bool is_picture_name(std::string_view name) {
  constexpr std::array<std::string_view, 9> kEndings{".png",  ".jpg", ".jpeg", ".webp", ".tif",
                                                     ".tiff", ".bmp", ".gif",  ".dcm"};
  constexpr std::size_t kLongestName = 1000;
  if (name.size() > kLongestName) return false;
  const std::string lower = to_lower(name);
  return std::any_of(kEndings.begin(), kEndings.end(), [&lower](std::string_view ending) {
    return lower.size() > ending.size() && lower.ends_with(ending);
  });
}

const ColumnFacts* DataSample::find(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&column](const ColumnFacts& facts) { return facts.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

Result<std::string> format_of(const fs::path& file) {
  const std::string extension = to_lower(file.extension().string());
  for (const auto& [ending, format] : kFormats) {
    if (extension == ending) return std::string(format);
  }
  return fail(ErrorCode::usage, "is none of the formats that Osler reads, by its name", {file.string()},
              "give a file that ends in .parquet, .json, .jsonl, .csv or .tsv");
}

Result<DataSample> sample_data(const fs::path& file) {
  const auto format = format_of(file);
  if (!format) return pass(format);
  const auto columns = columns_of(file, *format);
  if (!columns) return pass(columns);
  DataSample sample;
  sample.format = *format;
  std::map<std::string, std::size_t> places;
  for (const auto& name : *columns) facts_of(sample, places, name).in_first_record = true;
  std::size_t cells = 0;
  const auto enough = for_rows_until(file, {*format}, [&](Row&& row) -> Result<bool> {
    cells += row.fields.size();
    if (sample.rows.size() == kMostRows || cells > kMostCells) return true;
    for (const auto& [name, cell] : row.fields.items()) {
      note_cell(cell, *format == "parquet", facts_of(sample, places, name));
    }
    shorten(row.fields);
    sample.rows.push_back(std::move(row.fields));
    return false;
  });
  if (!enough) return pass(enough);
  sample.whole = !*enough;
  if (sample.rows.empty()) {
    return fail(ErrorCode::malformed, "has no records", {file.string()}, "give a file with at least one question");
  }
  return sample;
}

}  // namespace osler
