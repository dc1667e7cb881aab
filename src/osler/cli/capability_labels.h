#pragma once

#include <string>
#include <string_view>

#include "osler/capability/labels.h"
#include "osler/core/error.h"

namespace osler::cli {

/// The labels of a benchmark, by the name that tables give it, where --labels says: a file, or a folder with a file of
/// that name. Labels of the whole split will do for a subset or a control of it.
[[nodiscard]] Result<capability::LabelSet> find_labels(const std::string& place, std::string_view benchmark);

}  // namespace osler::cli
