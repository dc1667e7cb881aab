#include "osler/capability/preprocessing.h"

#include <cmath>

namespace osler::capability {

std::vector<float> inverse_frequencies(const SparseRows& rows, std::span<const std::size_t> of) {
  std::vector<std::size_t> having(rows.columns, 0);
  for (const std::size_t row : of) {
    for (std::size_t i = rows.begin[row]; i < rows.begin[row + 1]; ++i) ++having[rows.column[i]];
  }
  std::vector<float> idf;
  idf.reserve(having.size());
  for (const std::size_t count : having) {
    idf.push_back(static_cast<float>(
        std::log((1.0 + static_cast<double>(of.size())) / (1.0 + static_cast<double>(count))) + 1.0));
  }
  return idf;
}

SparseRows prepared(const SparseRows& rows, std::span<const float> idf) {
  SparseRows out = rows;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    double squares = 0.0;
    for (std::size_t i = rows.begin[row]; i < rows.begin[row + 1]; ++i) {
      if (!idf.empty()) out.value[i] = (1.0F + std::log(rows.value[i])) * idf[rows.column[i]];
      squares += static_cast<double>(out.value[i]) * static_cast<double>(out.value[i]);
    }
    if (squares <= 0.0) continue;
    const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
    for (std::size_t i = rows.begin[row]; i < rows.begin[row + 1]; ++i) out.value[i] *= scale;
  }
  return out;
}

}  // namespace osler::capability
