#include "osler/published/table_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "osler/core/embedded.h"
#include "osler/published/records.h"
#include "osler/storage/files.h"
#include "osler/storage/shipped.h"
#include "osler/storage/yaml.h"

namespace osler::published {
namespace {

constexpr ShippedKind kTables{"published/", "published table", "a table (.csv) of your own"};

/// The file beside a table of the user's, if there is one.
Result<TableSource> source_beside(const std::filesystem::path& table) {
  auto path = table;
  path.replace_extension(".yaml");
  std::error_code unreadable;
  if (!std::filesystem::exists(path, unreadable)) return TableSource{};
  const auto text = read_file(path, kMostBytes);
  if (!text) return pass(text);
  return parse_table_source(*text, path.string());
}

}  // namespace

Result<TableSource> parse_table_source(const std::string& text, const std::string& file) {
  auto parsed = YamlMap::parse(text, file);
  if (!parsed) return pass(parsed);
  YamlMap& map = *parsed;
  map.allow_only({"name", "title", "citation", "url", "tables", "claims"});
  TableSource source{.title = map.text_or("title", ""), .citation = map.text_or("citation", "")};
  source.url = map.text_or("url", "");
  if (map.has("tables")) source.citation += (source.citation.empty() ? "" : ", ") + map.text("tables");
  for (auto& entry : map.children("claims", "write a list of mappings with the key claim")) {
    entry.allow_only({"claim", "text"});
    auto claim = audit::parse_claim(entry.text("claim"));
    if (claim) {
      claim->text = entry.text_or("text", "");
      source.claims.push_back(std::move(*claim));
    } else {
      entry.complain("claim", claim.error().what, claim.error().way_out);
    }
  }
  if (auto status = map.status(); !status) return pass(status);
  return source;
}

std::vector<std::string> table_names() { return shipped_names(kTables); }

Result<TableFile> find_table(const std::string& name_or_path) {
  if (name_or_path.ends_with(".csv") || name_or_path.ends_with(".tsv")) {
    auto text = read_file(name_or_path, kMostBytes);
    if (!text) return pass(text);
    auto source = source_beside(name_or_path);
    if (!source) return pass(source);
    return TableFile{std::move(*text), name_or_path, std::move(*source)};
  }
  const auto known = table_names();
  if (std::ranges::find(known, name_or_path) == known.end()) {
    std::error_code unreadable;
    if (std::filesystem::is_regular_file(name_or_path, unreadable)) {
      return fail(ErrorCode::unsupported, "is neither a .csv nor a .tsv file", {name_or_path},
                  "write its table as CSV: model,benchmark,accuracy, or model and a column for each benchmark");
    }
    return fail(
        ErrorCode::usage, fmt::format("there is no published table '{}'", name_or_path), {},
        fmt::format("known: {}; or give the path of a table of your own (.csv or .tsv)", fmt::join(known, ", ")));
  }
  const auto beside = find_shipped(kTables, name_or_path);
  if (!beside) return pass(beside);
  auto source = parse_table_source(beside->text, beside->file);
  if (!source) return pass(source);
  TableFile table{.file = fmt::format("published/{}.csv", name_or_path), .source = std::move(*source)};
  for (const auto& file : embedded::data()) {
    if (file.name == table.file) table.text = std::string(file.bytes);
  }
  return table;
}

}  // namespace osler::published
