#include "osler/prompt/decoding.h"

#include <cstdint>
#include <limits>

namespace osler {

void parse_decoding(YamlMap& map, Decoding& into) {
  YamlMap decoding = map.child("decoding");
  decoding.allow_only({"max_new_tokens", "temperature", "seed"});
  const auto tokens = decoding.integer_or("max_new_tokens", into.max_new_tokens);
  if (tokens < 1 || tokens > std::numeric_limits<std::int32_t>::max()) {
    decoding.complain("max_new_tokens", "'max_new_tokens' must be positive");
    return;
  }
  into.max_new_tokens = static_cast<std::int32_t>(tokens);
  into.temperature = decoding.number_or("temperature", 0.0);
  if (into.temperature < 0.0) decoding.complain("temperature", "'temperature' must not be negative");
  into.seed = decoding.count_or("seed", 0);
}

}  // namespace osler
