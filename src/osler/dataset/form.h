#pragma once

#include "osler/dataset/card.h"
#include "osler/storage/yaml.h"

namespace osler {

/// Parses one entry of a card's `forms`; faults are kept in the map.
[[nodiscard]] Form parse_form(YamlMap map);

}  // namespace osler
