#include "osler/dataset/json_record.h"

#include <algorithm>

#include "osler/core/utf8.h"
#include "osler/dataset/base64_cells.h"

namespace osler {
namespace {

bool holds(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<Json> parse_value(std::string_view value) {
  if (const auto text = plain_string(value)) return Json(*text);
  // The parser would pass over a byte order mark, which may stand at a file's beginning only.
  if (without_byte_order_mark(value).size() != value.size()) return fail(ErrorCode::malformed, "is no value");
  return parse_json(value, {});
}

bool is_string(std::string_view value) { return value.size() >= 2 && value.front() == '"'; }

}  // namespace

bool JsonRecordParser::wants(std::string_view column) const {
  return format_.columns.empty() || holds(format_.columns, column);
}

/// Where the images of a base64 column stand; nothing (discarded) if the value is no such cell.
Result<Json> JsonRecordParser::spans_of(std::string_view value, std::uint64_t offset) {
  if (is_string(value)) {
    auto cell = base64_cell(value.substr(1, value.size() - 2), offset + 1);
    if (!cell) return pass(cell);
    return cell->has_value() ? std::move(**cell) : Json(Json::value_t::discarded);
  }
  if (!value.starts_with('[') || !split_array(value, elements_)) return Json(Json::value_t::discarded);
  Json spans = Json::array();
  for (const auto element : elements_) {
    if (!is_string(element)) return Json(Json::value_t::discarded);
    const auto begin = offset + static_cast<std::uint64_t>(element.data() - value.data());
    spans.push_back(base64_span(element.substr(1, element.size() - 2), begin + 1));
  }
  return spans;
}

Result<Json> JsonRecordParser::fields_of(std::string_view text, std::uint64_t offset, const Place& place) {
  bool whole = split_object(text, members_);
  Json fields = Json::object();
  for (auto member = members_.begin(); whole && member != members_.end(); ++member) {
    const auto key = parse_value(member->key);
    if (!key) {
      whole = false;
      break;
    }
    const auto& name = key->get_ref<const std::string&>();
    Json value(Json::value_t::discarded);
    if (holds(format_.base64_columns, name)) {
      auto spans = spans_of(member->value, offset + static_cast<std::uint64_t>(member->value.data() - text.data()));
      if (!spans) {
        spans.error().where = place;
        return spans;
      }
      value = std::move(*spans);
    }
    if (value.is_discarded()) {
      auto parsed = parse_value(member->value);
      whole = parsed.has_value();
      if (whole) value = std::move(*parsed);
    }
    if (whole && wants(name)) fields[name] = std::move(value);
  }
  if (whole) return fields;
  // The parser knows best what is wrong, and where.
  Place byte{place.file, place.line};
  byte.byte = offset;
  auto parsed = parse_json(text, std::move(byte));
  if (!parsed || parsed->is_object()) return parsed;
  return fail(ErrorCode::malformed, "is not a JSON object", place);
}

}  // namespace osler
