#include "osler/capability/features.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "osler/capability/text_features.h"

namespace osler::capability {
namespace {

/// A column that never varies says nothing; what rounding leaves of it must not be blown up.
constexpr double kLeastDeviation = 1e-7;      ///< Of the mean.
constexpr double kSmallestDeviation = 1e-30;  ///< Its inverse is still a float.
/// What lies farther from the mean counts as this far: LIBLINEAR never ends where a product is no number.
constexpr double kFarthest = 1e6;

Preprocessing fit_vectors(const Features& features, std::span<const std::size_t> rows) {
  const double n = static_cast<double>(rows.size());
  std::vector<double> sums(features.dimensions);
  std::vector<double> squares(features.dimensions);
  for (const auto row : rows) {
    const auto vector = features.vector_of(row);
    for (std::size_t d = 0; d < vector.size(); ++d) sums[d] += static_cast<double>(vector[d]);
  }
  for (auto& sum : sums) sum /= n;
  for (const auto row : rows) {
    const auto vector = features.vector_of(row);
    for (std::size_t d = 0; d < vector.size(); ++d) {
      const double from_mean = static_cast<double>(vector[d]) - sums[d];
      squares[d] += from_mean * from_mean;
    }
  }
  std::vector<float> centre(features.dimensions);
  std::vector<float> scale(features.dimensions);
  const double length = std::sqrt(static_cast<double>(features.dimensions));
  for (std::size_t d = 0; d < features.dimensions; ++d) {
    const double deviation = std::sqrt(squares[d] / n);
    const bool varies = deviation > std::max(kSmallestDeviation, kLeastDeviation * std::abs(sums[d]));
    centre[d] = static_cast<float>(sums[d]);
    scale[d] = varies ? static_cast<float>(1.0 / (deviation * length)) : 0.0F;
  }
  return Preprocessing::of_vectors(std::move(centre), std::move(scale));
}

Preprocessing fit_terms(const Features& features, std::span<const std::size_t> rows) {
  constexpr std::uint32_t kLeastRows = 2;
  std::vector<std::uint32_t> rows_with(features.dimensions);
  for (const auto row : rows) {
    for (const auto& term : features.terms_of(row)) ++rows_with[term.column];
  }
  std::vector<Term> idf;
  for (std::size_t column = 0; column < rows_with.size(); ++column) {
    if (rows_with[column] < kLeastRows) continue;
    const double share = (1.0 + static_cast<double>(rows.size())) / (1.0 + rows_with[column]);
    idf.push_back({static_cast<std::uint32_t>(column), static_cast<float>(1.0 + std::log(share))});
  }
  return Preprocessing::of_terms(std::move(idf));
}

/// Gives the terms [begin, end) the length 1/sqrt(2).
void normalise(std::vector<Term>& terms, std::size_t begin, std::size_t end) {
  double squares = 0.0;
  for (std::size_t i = begin; i < end; ++i) squares += static_cast<double>(terms[i].value) * terms[i].value;
  if (squares <= 0.0) return;
  const auto factor = static_cast<float>(1.0 / std::sqrt(2.0 * squares));
  for (std::size_t i = begin; i < end; ++i) terms[i].value *= factor;
}

}  // namespace

Features features_of(EmbeddingSet set) {
  return {std::move(set.identity), set.dimensions, std::move(set.item_ids), std::move(set.values), {}, {}};
}

Preprocessing Preprocessing::fit(const Features& features, std::span<const std::size_t> rows) {
  return features.is_text() ? fit_terms(features, rows) : fit_vectors(features, rows);
}

Preprocessing Preprocessing::of_vectors(std::vector<float> centre, std::vector<float> scale) {
  Preprocessing made;
  made.centre_ = std::move(centre);
  made.scale_ = std::move(scale);
  return made;
}

Preprocessing Preprocessing::of_terms(std::vector<Term> idf) {
  Preprocessing made;
  made.idf_ = std::move(idf);
  made.index_terms();
  return made;
}

void Preprocessing::index_terms() {
  places_.assign(kTextColumns, -1);
  for (std::size_t i = 0; i < idf_.size(); ++i) places_[idf_[i].column] = static_cast<std::int32_t>(i);
}

void Preprocessing::apply(const Features& features, std::size_t row, std::vector<Term>& out) const {
  out.clear();
  if (!is_text()) {
    const auto vector = features.vector_of(row);
    for (std::size_t d = 0; d < vector.size(); ++d) {
      if (scale_[d] == 0.0F) continue;
      const double value = (static_cast<double>(vector[d]) - static_cast<double>(centre_[d])) * scale_[d];
      out.push_back({static_cast<std::uint32_t>(d), static_cast<float>(std::clamp(value, -kFarthest, kFarthest))});
    }
    return;
  }
  std::size_t words = 0;
  for (const auto& term : features.terms_of(row)) {
    const std::int32_t place = places_[term.column];
    if (place < 0) continue;
    const auto weight = (1.0F + std::log(term.value)) * idf_[static_cast<std::size_t>(place)].value;
    out.push_back({static_cast<std::uint32_t>(place), weight});
    if (term.column < kWordColumns) words = out.size();
  }
  normalise(out, 0, words);
  normalise(out, words, out.size());
}

}  // namespace osler::capability
