#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/image.h"
#include "osler/core/item.h"
#include "osler/dataset/images/decode.h"

namespace osler {

/// The images of one item in their order.
struct ItemImages {
  std::vector<std::shared_ptr<const Image>> images;
  std::vector<std::string> pixel_hashes;  ///< pixel_hash() of each.
};

/// Half of the machine's, one at least and four at most: decoding has to keep up with an engine, not to compete with
/// it.
[[nodiscard]] unsigned default_decode_threads();

/// How far decoding may run ahead. Nothing but time and memory depends on it.
struct AheadLimits {
  unsigned threads = default_decode_threads();  ///< At least 1.
  std::size_t items = 16;                       ///< Decoded and not yet taken; at least 1.
  /// No item is begun while so many bytes of pixels wait to be taken, save the one that is needed next. So the peak is
  /// this and one item per thread, and the few last pictures that every thread's ImageLoader keeps.
  std::uint64_t bytes = std::uint64_t{32} << 20;
};

/// Decodes the images of items on threads of its own, ahead of whoever takes them in order. What is taken is the same,
/// failures included, for any limits. Neighbouring items that show one picture, or rows that a parquet file is read
/// by, go to one thread, which then reads and decodes them once.
class ImageAhead {
 public:
  /// Starts at once. The items must outlive this.
  ImageAhead(std::vector<const Item*> items, DecodeLimits decode, AheadLimits limits = {});
  /// Waits for the pictures that are being decoded at that moment, and for no more.
  ~ImageAhead();
  ImageAhead(const ImageAhead&) = delete;
  ImageAhead& operator=(const ImageAhead&) = delete;

  /// The images of the next item, once they are there, or why one of them cannot be had (the first in the item's order;
  /// errors as ImageLoader's). To be called from one thread. Precondition: called for no more than all items.
  [[nodiscard]] Result<ItemImages> next();

 private:
  using Decoded = std::optional<Result<ItemImages>>;

  void work(const std::stop_token& stop);
  /// The first and the past-the-last item of the next chunk; nothing when all are taken.
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> take_chunk();
  /// False when it is time to stop.
  [[nodiscard]] bool wait_for_room(std::size_t item, const std::stop_token& stop);
  void deliver(std::size_t item, Result<ItemImages> images);

  const std::vector<const Item*> items_;
  const DecodeLimits decode_;
  const AheadLimits limits_;
  const std::vector<std::size_t> chunks_;  ///< The first item of each, and one past the last item of all.

  std::mutex mutex_;                       ///< Guards what follows.
  std::condition_variable_any has_room_;   ///< For the threads.
  std::condition_variable_any delivered_;  ///< For next().
  std::size_t next_chunk_ = 0;
  std::size_t taken_ = 0;        ///< Items that next() has returned.
  std::uint64_t waiting_ = 0;    ///< Bytes of pixels that are decoded and not taken.
  std::vector<Decoded> window_;  ///< Item i lies at i modulo its size, from its decoding to its taking.

  std::vector<std::jthread> threads_;  ///< Last, so that they have ended before anything else is gone.
};

}  // namespace osler
