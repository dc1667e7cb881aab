#include "osler/storage/json.h"

#include <fmt/format.h>

#include <optional>

#include "osler/core/utf8.h"
#include "osler/storage/byte_stream.h"
#include "osler/storage/files.h"

namespace osler {
namespace {

/// The library's message without its own prefix and position, which the place says already.
std::string short_reason(const nlohmann::json::exception& problem) {
  const std::string text = problem.what();
  const auto last = text.rfind(": ");
  std::string reason = last == std::string::npos ? text : text.substr(last + 2);
  constexpr std::size_t kEnough = 160;
  if (reason.size() > kEnough) reason = reason.substr(0, kEnough) + "...";
  return reason;
}

/// Serialising and copying a value recurse, so that deep nesting in a hostile file would exhaust the stack.
constexpr std::size_t kMaxDepth = 512;

/// Longer than any response; a file without line ends must not fill the memory.
constexpr std::uint64_t kMaxLine = std::uint64_t{1} << 30;

/// The byte at which the text nests deeper than kMaxDepth, if it does.
std::optional<std::size_t> too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return i;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

/// Whether an encoding other than UTF-8 is why the parser stops at a byte; it may be the one before that was wrong.
bool not_utf8_at(std::string_view text, std::size_t at) {
  const auto high = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]) >= 0x80; };
  return text[at] == '\0' || ((high(at) || (at > 0 && high(at - 1))) && !is_utf8(text));
}

}  // namespace

Result<Json> parse_json(std::string_view text, Place place) {
  const std::size_t whole = text.size();
  text = without_byte_order_mark(text);
  const std::size_t skipped = whole - text.size();
  if (const auto deep = too_deep(text)) {
    place.byte = place.byte.value_or(0) + skipped + *deep;
    return fail(ErrorCode::limit, fmt::format("nests its JSON more than {} levels deep", kMaxDepth), std::move(place),
                "mend the file or fetch it again");
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& problem) {
    const std::size_t at = problem.byte > 0 ? problem.byte - 1 : 0;
    place.byte = place.byte.value_or(0) + skipped + at;
    if (at >= text.size()) {
      return fail(ErrorCode::malformed, "the JSON breaks off", std::move(place),
                  "the file is probably cut short: fetch or copy it again");
    }
    const std::string reason = not_utf8_at(text, at) ? "it is not text in UTF-8" : short_reason(problem);
    return fail(ErrorCode::malformed, "is not valid JSON (" + reason + ")", std::move(place),
                "mend the file or fetch it again");
  } catch (const Json::out_of_range&) {
    return fail(ErrorCode::malformed, "holds a number beyond 1e308", std::move(place), "mend the file");
  }
}

Result<Json> read_json(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) return pass(text);
  return parse_json(*text, {path.string()});
}

Status for_each_json_line(const std::filesystem::path& path,
                          const std::function<Status(Json&&, std::uint64_t)>& accept) {
  auto stream = ByteStream::open(path);
  if (!stream) return pass(stream);
  return for_each_line(*stream, kMaxLine, [&](const TextLine& line) -> Status {
    if (line.text.find_first_not_of(" \t\r") == std::string_view::npos) return {};
    Place place{path.string()};
    place.line = line.number;
    place.byte = line.begin;
    auto value = parse_json(line.text, std::move(place));
    if (!value) return pass(value);
    return accept(std::move(*value), line.number);
  });
}

std::uint64_t count_at(const Json& object, const char* key) {
  const Json& number = object.at(key);
  // A text is none for get(), which says so.
  return number.is_number_unsigned() ? number.get<std::uint64_t>() : Json("").get<std::uint64_t>();
}

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace osler
