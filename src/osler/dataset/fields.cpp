#include "osler/dataset/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "osler/dataset/text.h"
#include "osler/storage/python_literal.h"

namespace osler {

const Json* field_of(const Json& fields, const std::string& column) {
  const auto exact = fields.find(column);
  if (exact != fields.end()) return &*exact;
  const Json* value = &fields;
  std::size_t begin = 0;
  while (begin <= column.size()) {
    if (!value->is_object()) return nullptr;
    const std::size_t end = std::min(column.find('.', begin), column.size());
    const auto found = value->find(column.substr(begin, end - begin));
    if (found == value->end()) return nullptr;
    value = &*found;
    begin = end + 1;
  }
  return value;
}

std::string text_of_value(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  return dump_json(value);
}

std::string text_of(const Json& fields, const std::string& column) {
  const Json* value = field_of(fields, column);
  return value == nullptr ? std::string() : text_of_value(*value);
}

std::optional<std::string> picture_file_name(const Json& value) {
  if (!value.is_structured()) return text_of_value(value);
  if (!value.is_object()) return std::nullopt;
  for (const char* key : {"image_path", "path", "file_name"}) {
    const auto found = value.find(key);
    if (found != value.end() && !found->is_structured()) return text_of_value(*found);
  }
  return std::nullopt;
}

bool matches(const Match& match, const Json& fields) {
  const std::string value = to_lower(trim(text_of(fields, match.column)));
  const auto starts = [&value](const std::string& prefix) { return value.starts_with(prefix); };
  if (!match.prefixes.empty() && std::none_of(match.prefixes.begin(), match.prefixes.end(), starts)) return false;
  return match.values.empty() || std::find(match.values.begin(), match.values.end(), value) != match.values.end();
}

std::vector<std::string> read_literals(const Form& form, Json& fields) {
  std::vector<std::string> problems;
  for (const auto& [column, literal] : form.literals) {
    const auto cell = fields.find(column);
    if (cell == fields.end() || !cell->is_string()) continue;
    const std::string text(trim(cell->get_ref<const std::string&>()));
    if (text.empty()) continue;
    auto value = literal == Literal::json ? parse_json(text, {}) : parse_python_literal(text, {});
    if (value) {
      *cell = std::move(*value);
    } else {
      problems.push_back(fmt::format("has a column '{}' that cannot be read: {}", column, value.error().message()));
    }
  }
  return problems;
}

}  // namespace osler
