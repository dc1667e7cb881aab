#include "osler/grade/peers/evaluator.h"

namespace osler::grade {

std::span<const Evaluator> all_evaluators() { return {}; }
const Evaluator* find_evaluator(std::string_view) { return nullptr; }

}  // namespace osler::grade
