#include "osler/engine/embedder.h"

#include <cmath>

namespace osler {

Status normalize(std::vector<float>& vector) {
  double squares = 0.0;
  for (const float value : vector) squares += static_cast<double>(value) * static_cast<double>(value);
  const double length = std::sqrt(squares);
  if (!std::isfinite(length)) return fail(ErrorCode::engine, "the vector holds what is no number");
  if (length == 0.0) return fail(ErrorCode::engine, "the vector is nothing but zeros");
  for (float& value : vector) value = static_cast<float>(static_cast<double>(value) / length);
  return {};
}

}  // namespace osler
