// What the one-pass reader takes, the JSON library takes too, and it means the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "osler/storage/json.h"
#include "osler/storage/json_reader.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = [&] {
    auto value = osler::Json::parse(text, nullptr, false);
    require(!value.is_discarded());
    return value;
  };
  std::string string;
  if (osler::JsonReader reader(text); reader.string(string) && reader.end()) {
    require(parsed().get<std::string>() == string);
  }
  std::uint64_t whole = 0;
  if (osler::JsonReader reader(text); reader.whole(whole) && reader.end()) {
    require(parsed().get<std::uint64_t>() == whole);
  }
  double number = 0.0;
  if (osler::JsonReader reader(text); reader.number(number) && reader.end()) {
    require(parsed().get<double>() == number);
  }
  osler::Json object = osler::Json::object();
  osler::JsonReader reader(text);
  const auto member = [&](std::string_view key) {
    const std::string name(key);
    require(!name.empty() || key.empty());
    std::string value;
    if (object.contains(name) || !reader.string(value)) return false;
    object[name] = value;
    return true;
  };
  if (reader.object(member) && reader.end()) require(parsed() == object);
  return 0;
}
