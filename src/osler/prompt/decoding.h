#pragma once

#include "osler/core/response.h"
#include "osler/storage/yaml.h"

namespace osler {

/// The mapping "decoding" of a protocol or a judge: max_new_tokens, temperature, seed. Faults are recorded in `map`.
void parse_decoding(YamlMap& map, Decoding& into);

}  // namespace osler
