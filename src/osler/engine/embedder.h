#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/image.h"
#include "osler/engine/engine.h"

namespace osler {

/// An item that is to become a vector.
struct EmbeddingRequest {
  std::string item_id;
  std::string text;
  std::vector<std::shared_ptr<const Image>> images;
  std::string instruction;  ///< What the vector is for, in words; empty: the recipe's own.
};

/// An item's vector of length 1 (L2), or why there is none.
struct Embedding {
  std::string item_id;
  std::vector<float> vector;
  std::string error;    ///< Set where there is no vector.
  bool cached = false;  ///< Not computed now.
};

class EmbeddingSource {
 public:
  virtual ~EmbeddingSource() = default;
  /// The next request, or nothing when there are no more.
  [[nodiscard]] virtual std::optional<EmbeddingRequest> next() = 0;
};

/// Takes embeddings in any order; every request gets exactly one, an error included.
class EmbeddingSink {
 public:
  virtual ~EmbeddingSink() = default;
  /// A failure means that the embedder must stop.
  [[nodiscard]] virtual Status accept(Embedding embedding) = 0;
};

/// Makes vectors of items. What goes wrong with one of them is an Embedding with an error; a failed Status means that
/// no further one can be made. Requests may be pulled on another thread than the one that hands embeddings over.
class Embedder {
 public:
  virtual ~Embedder() = default;
  /// As an engine's: vectors of equal identity can be compared, others cannot.
  [[nodiscard]] virtual const EngineFacts& facts() const = 0;
  /// Whether pictures are looked at.
  [[nodiscard]] virtual bool sees_images() const = 0;
  /// Whether it can hand pictures on as their files hold them (Image::original).
  [[nodiscard]] virtual bool wants_original_images() const { return false; }
  /// Pulls requests until there are none, or until `stop` is requested (ErrorCode::interrupted).
  [[nodiscard]] virtual Status embed(EmbeddingSource& source, EmbeddingSink& sink, std::stop_token stop) = 0;
};

/// Gives a vector the length 1 (L2). Fails where it holds what is no finite number, or nothing but zeros.
[[nodiscard]] Status normalize(std::vector<float>& vector);

}  // namespace osler
