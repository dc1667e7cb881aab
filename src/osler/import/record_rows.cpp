#include "osler/import/record_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "osler/dataset/rows.h"
#include "osler/dataset/text.h"
#include "osler/storage/byte_stream.h"
#include "osler/storage/files.h"
#include "osler/storage/json_scan.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using Accept = std::function<Status(Json&&, const Place&)>;

/// A JSON file that is one object has to be in memory; files of responses are far smaller.
constexpr std::uint64_t kMaxObject = std::uint64_t{1} << 30;

Status read_rows(const fs::path& file, const std::string& format, const Accept& accept) {
  return for_each_row(file, RowFormat{format}, [&](Row&& row) -> Status {
    Place place{file.string()};
    place.record = row.number;
    return accept(std::move(row.fields), place);
  });
}

/// The first byte that is no white space.
Result<char> first_byte(const fs::path& file) {
  auto stream = ByteStream::open(file);
  if (!stream) return pass(stream);
  if (auto status = drop_byte_order_mark(*stream); !status) return pass(status);
  while (true) {
    const auto window = stream->window();
    const auto found = std::find_if_not(window.begin(), window.end(), is_json_space);
    if (found != window.end()) return *found;
    stream->drop(window.size());
    const auto more = stream->more();
    if (!more) return pass(more);
    if (!*more) return '\0';
  }
}

/// An object from id to response.
Status read_pairs(const std::vector<JsonMember>& members, const fs::path& file, const Accept& accept) {
  Place place{file.string()};
  place.record = 0;
  for (const auto& member : members) {
    const auto key = parse_json(member.key, place);
    if (!key) return pass(key);
    auto value = parse_json(member.value, place);
    if (!value) return pass(value);
    if (auto status = accept({{"_key", *key}, {"response", std::move(*value)}}, place); !status) return status;
    ++*place.record;
  }
  return {};
}

Status read_list(std::string_view list, const fs::path& file, const Accept& accept) {
  std::vector<std::string_view> elements;
  Place place{file.string()};
  if (!split_array(list, elements)) {
    const auto parsed = parse_json(list, place);
    return parsed ? Status(fail(ErrorCode::malformed, "is not a list of records", place)) : Status(pass(parsed));
  }
  place.record = 0;
  for (const auto element : elements) {
    auto value = parse_json(element, place);
    if (!value) return pass(value);
    if (!value->is_object()) return fail(ErrorCode::malformed, "is not a JSON object", place);
    if (auto status = accept(std::move(*value), place); !status) return status;
    ++*place.record;
  }
  return {};
}

/// A file that begins with a brace.
Status read_object(const fs::path& file, const Accept& accept) {
  const auto content = read_file(file, kMaxObject);
  if (!content) return pass(content);
  std::string_view text = *content;
  text.remove_prefix(std::min(text.find('{'), text.size()));
  const auto size = JsonExtent().advance(text);
  if (!size) return read_rows(file, "json", accept);  // It breaks off; the reader says where.
  if (!trim(text.substr(*size)).empty()) return read_rows(file, "jsonl", accept);
  std::vector<JsonMember> members;
  if (!split_object(text.substr(0, *size), members)) return read_rows(file, "json", accept);
  const auto is_text = [](const JsonMember& member) { return member.value.starts_with('"'); };
  if (!members.empty() && std::all_of(members.begin(), members.end(), is_text)) {
    return read_pairs(members, file, accept);
  }
  const auto logs = std::find_if(members.begin(), members.end(), [](const JsonMember& member) {
    return member.key == "\"logs\"" && member.value.starts_with('[');
  });
  if (logs != members.end()) return read_list(logs->value, file, accept);
  return read_rows(file, "json", accept);
}

Status refuse(const fs::path& file, const std::string& extension) {
  if (extension == ".xlsx" || extension == ".xls") {
    return fail(ErrorCode::unsupported, "is a spreadsheet", {file.string()},
                "save it as TSV: in a spreadsheet program, or in Python with pandas.read_excel(FILE)"
                ".to_csv('FILE.tsv', sep='\\t', index=False)");
  }
  if (extension == ".pkl" || extension == ".pickle") {
    return fail(ErrorCode::unsupported, "is a pickle, which only its own program can read safely", {file.string()},
                "let the tool write JSON or TSV");
  }
  return fail(ErrorCode::unsupported,
              fmt::format("has the ending '{}', which says nothing about its layout", extension), {file.string()},
              "records are read from .json, .jsonl, .csv, .tsv and .parquet");
}

}  // namespace

Status for_each_record_row(const fs::path& file, const Accept& accept) {
  const std::string extension = to_lower(file.extension().string());
  if (extension == ".csv" || extension == ".parquet") return read_rows(file, extension.substr(1), accept);
  if (extension == ".tsv" || extension == ".tab") return read_rows(file, "tsv", accept);
  if (extension == ".jsonl" || extension == ".ndjson") return read_rows(file, "jsonl", accept);
  if (extension != ".json") return refuse(file, extension);
  const auto first = first_byte(file);
  if (!first) return pass(first);
  return *first == '{' ? read_object(file, accept) : read_rows(file, "json", accept);
}

}  // namespace osler
