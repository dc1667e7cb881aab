#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "osler/core/image.h"
#include "osler/engine/worker/messages.h"

namespace osler {

/// Which pictures a worker has, and under which numbers. A picture crosses the socket once as long as it is kept:
/// while a request in the worker's hands shows it, and after that until others have taken its room.
class SentImages {
 public:
  /// `keep` is the bytes of pixels that may stay without being needed.
  explicit SentImages(std::uint64_t keep) : keep_(keep) {}

  /// The numbers under which the worker knows the pictures from now on; `news` gets what it must be told first. The
  /// pictures are needed until release().
  [[nodiscard]] std::vector<std::uint64_t> use(const std::vector<std::shared_ptr<const Image>>& images,
                                               std::vector<messages::Message>& news);
  /// Ends the need of one use().
  void release(const std::vector<std::uint64_t>& numbers);

  /// Bytes of all pictures that the worker has.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::uint64_t number = 0;
    std::shared_ptr<const Image> image;
    std::uint64_t fingerprint = 0;
    std::size_t uses = 0;
  };
  using Entries = std::list<Entry>;

  /// The entry with these pixels: mostly the same object, else an equal one (a picture decoded a second time).
  [[nodiscard]] Entries::iterator find(const std::shared_ptr<const Image>& image, std::uint64_t& fingerprint);
  void forget_oldest(std::vector<messages::Message>& news);

  std::uint64_t keep_;
  Entries entries_;  ///< The last used first.
  std::uint64_t bytes_ = 0;
  std::uint64_t next_number_ = 0;
};

}  // namespace osler
