#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "osler/capability/sparse_rows.h"

namespace osler::capability {

/// Inverse document frequencies over the given rows: ln((1 + n) / (1 + n_c)) + 1 for a column that n_c of n rows have.
/// Only rows that a classifier learns from may be among them.
[[nodiscard]] std::vector<float> inverse_frequencies(const SparseRows& rows, std::span<const std::size_t> of);

/// Rows of length 1 (L2); where there are inverse frequencies, of (1 + ln count) * idf.
/// Precondition: idf is empty or has an entry for each column.
[[nodiscard]] SparseRows prepared(const SparseRows& rows, std::span<const float> idf);

}  // namespace osler::capability
