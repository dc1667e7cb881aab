#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "osler/core/image.h"
#include "osler/core/response.h"
#include "osler/engine/embedder.h"
#include "osler/engine/engine.h"

namespace osler {

/// Hashes of the pictures that were asked about last. The questions of one picture come one after another and share it,
/// so each is hashed once. Holds no picture.
class PictureHashes {
 public:
  /// pixel_hash() of the picture.
  [[nodiscard]] const std::string& of(const std::shared_ptr<const Image>& image);

 private:
  struct Known {
    std::weak_ptr<const Image> image;
    std::string hash;
  };
  std::array<Known, 32> known_;
  std::size_t next_ = 0;
};

/// 32 bytes that name an engine by all that its answers depend on: its kind, and EngineFacts::identity. The model's
/// name is not in it: a renamed file answers as before.
[[nodiscard]] std::string engine_fingerprint(const EngineFacts& facts);

/// 32 bytes that name a question to an engine: SHA-256 over the fingerprint and everything in the request that the
/// answer depends on, every field with its length before it. The item's id is not in it: the same question in another
/// benchmark has the same key. A seed counts only where there is chance (temperature > 0), and so does `repeat`, the
/// number of the draw for who asks the same several times.
[[nodiscard]] std::string request_key(const std::string& fingerprint, const Request& request, PictureHashes& pictures,
                                      std::uint64_t repeat = 0);

/// 32 bytes that name what is to become a vector by this embedder: SHA-256 over the fingerprint, text, instruction and,
/// where the embedder looks at them, the pictures. The item's id is not in it.
[[nodiscard]] std::string embedding_key(const std::string& fingerprint, const EmbeddingRequest& request,
                                        bool sees_images, PictureHashes& pictures);

}  // namespace osler
