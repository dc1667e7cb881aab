#pragma once

#include <cstdint>
#include <string>

#include "osler/storage/json.h"

/// Members of what servers answer: what is missing, or of another type than expected, is passed over.
namespace osler::openai {

/// The member of an object; null if there is none, or no object.
[[nodiscard]] inline const Json* member(const Json* object, const char* key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}
[[nodiscard]] inline const Json* member(const Json& object, const char* key) { return member(&object, key); }

[[nodiscard]] inline std::string text_of(const Json& object, const char* key) {
  const Json* found = member(object, key);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

[[nodiscard]] inline std::uint64_t count_of(const Json& object, const char* key) {
  const Json* found = member(object, key);
  return found != nullptr && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

}  // namespace osler::openai
