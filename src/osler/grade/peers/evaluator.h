#pragma once

#include <span>
#include <string_view>

#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/core/response.h"

namespace osler::grade {

/// The scoring of another tool, as it is.
struct Evaluator {
  std::string_view name;
  Grade (*grade)(const Item&, const Response&);
};

[[nodiscard]] std::span<const Evaluator> all_evaluators();
[[nodiscard]] const Evaluator* find_evaluator(std::string_view name);

}  // namespace osler::grade
