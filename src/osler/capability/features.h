#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "osler/capability/embedding_set.h"

namespace osler::capability {

/// A number in a column of a row.
struct Term {
  std::uint32_t column = 0;
  float value = 0.0F;
};

/// What a classifier sees of items: a vector each, or the terms of a text each.
struct Features {
  std::string identity = {};  ///< Of what made them; a classifier takes features of its own identity only.
  std::size_t dimensions = 0;
  std::vector<std::string> item_ids = {};
  std::vector<float> dense = {};            ///< Row by row, `dimensions` numbers each; empty for texts.
  std::vector<std::size_t> row_begin = {};  ///< Of texts: where each row begins in `terms`, and one more for the end.
  std::vector<Term> terms = {};             ///< Counts, columns rising within a row.

  [[nodiscard]] std::size_t rows() const { return item_ids.size(); }
  [[nodiscard]] bool is_text() const { return !row_begin.empty(); }
  /// Precondition: not is_text().
  [[nodiscard]] std::span<const float> vector_of(std::size_t row) const {
    return std::span(dense).subspan(row * dimensions, dimensions);
  }
  /// Precondition: is_text().
  [[nodiscard]] std::span<const Term> terms_of(std::size_t row) const {
    return std::span(terms).subspan(row_begin[row], row_begin[row + 1] - row_begin[row]);
  }
};

[[nodiscard]] Features features_of(EmbeddingSet set);

/// What is done with features before they are weighed, fitted on training rows alone.
///
/// Vectors: every column minus its mean, over its standard deviation and the square root of the number of columns, so
/// that a row's length is about 1. Texts: a term counts (1 + ln count) (1 + ln((1 + rows) / (1 + rows with it))), where
/// it stands in at least two training rows; words and characters then have the length 1/sqrt(2) each.
class Preprocessing {
 public:
  [[nodiscard]] static Preprocessing fit(const Features& features, std::span<const std::size_t> rows);
  /// As it was fitted before. Precondition: the two have equal size, and the columns of texts rise and are below
  /// Features::dimensions.
  [[nodiscard]] static Preprocessing of_vectors(std::vector<float> centre, std::vector<float> scale);
  [[nodiscard]] static Preprocessing of_terms(std::vector<Term> idf);

  /// How many numbers a row comes to.
  [[nodiscard]] std::size_t columns() const { return is_text() ? idf_.size() : centre_.size(); }
  [[nodiscard]] bool is_text() const { return centre_.empty(); }
  /// The row's numbers that are not 0, columns rising, replaces what `out` held.
  void apply(const Features& features, std::size_t row, std::vector<Term>& out) const;

  [[nodiscard]] const std::vector<float>& centre() const { return centre_; }
  [[nodiscard]] const std::vector<float>& scale() const { return scale_; }
  [[nodiscard]] const std::vector<Term>& idf() const { return idf_; }

 private:
  void index_terms();

  std::vector<float> centre_;
  std::vector<float> scale_;
  std::vector<Term> idf_;             ///< By column of the features, rising.
  std::vector<std::int32_t> places_;  ///< In idf_, by column; -1 for a term that training did not see.
};

}  // namespace osler::capability
