#include "osler/dataset/image_ahead.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

#include "osler/core/hash.h"
#include "osler/dataset/image_loader.h"

namespace osler {
namespace {

/// As many rows of a parquet file as ImageLoader reads at once.
constexpr std::uint64_t kRowsOfAChunk = 16;

bool is_same_picture(const ImageSource& a, const ImageSource& b) {
  const auto offset = [](const ImageSource& source) { return source.base64 ? source.base64->offset : 0; };
  return a.file == b.file && a.column == b.column && a.row == b.row && a.element == b.element && offset(a) == offset(b);
}

/// Whether a loader that has `first` has `later` nearly for free.
bool belong_together(const Item& first, const Item& later) {
  if (first.images.empty() || later.images.empty()) return first.images.empty() && later.images.empty();
  const ImageSource& a = first.images.front();
  const ImageSource& b = later.images.front();
  if (is_same_picture(a, b)) return true;
  return a.row && b.row && a.file == b.file && a.column == b.column && *b.row >= *a.row &&
         *b.row - *a.row < kRowsOfAChunk;
}

/// Depends on the items alone, so that what a loader is asked, and in which order, is the same for any number of
/// threads.
std::vector<std::size_t> chunks_of(const std::vector<const Item*>& items) {
  std::vector<std::size_t> chunks;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (chunks.empty() || !belong_together(*items[chunks.back()], *items[i])) chunks.push_back(i);
  }
  chunks.push_back(items.size());
  return chunks;
}

std::uint64_t bytes_of(const Result<ItemImages>& images) {
  std::uint64_t bytes = 0;
  if (!images) return bytes;
  for (const auto& image : images->images) bytes += image->rgb.size();
  return bytes;
}

/// Loads and hashes. Of the item before, hashes are taken over where it shows the same picture.
class ItemReader {
 public:
  explicit ItemReader(DecodeLimits limits) : loader_(limits) {}

  Result<ItemImages> read(const Item& item) {
    ItemImages read;
    for (const auto& source : item.images) {
      auto image = load(source);
      if (!image) return pass(image);
      read.pixel_hashes.push_back(hash_of(*image));
      read.images.push_back(std::move(*image));
    }
    before_ = read;
    return read;
  }

 private:
  /// A thread has nobody to hand an exception to, and a picture too many is no reason to end a run.
  Result<std::shared_ptr<const Image>> load(const ImageSource& source) {
    try {
      return loader_.load(source);
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::limit, "there is not enough memory to decode the image", {source.file},
                  "free some memory and ask again with --retry-errors");
    }
  }

  std::string hash_of(const std::shared_ptr<const Image>& image) const {
    const auto same = std::find(before_.images.begin(), before_.images.end(), image);
    if (same == before_.images.end()) return pixel_hash(*image);
    return before_.pixel_hashes[static_cast<std::size_t>(same - before_.images.begin())];
  }

  ImageLoader loader_;
  ItemImages before_;
};

}  // namespace

unsigned default_decode_threads() { return std::clamp(std::thread::hardware_concurrency() / 2, 1U, 4U); }

ImageAhead::ImageAhead(std::vector<const Item*> items, DecodeLimits decode, AheadLimits limits)
    : items_(std::move(items)), decode_(decode), limits_(limits), chunks_(chunks_of(items_)), window_(limits.items) {
  assert(limits_.threads > 0 && limits_.items > 0);
  const auto threads = std::min<std::size_t>(limits_.threads, chunks_.size() - 1);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

ImageAhead::~ImageAhead() {
  // All are told before the first is waited for.
  for (auto& thread : threads_) thread.request_stop();
}

Result<ItemImages> ImageAhead::next() {
  std::unique_lock lock(mutex_);
  assert(taken_ < items_.size());
  Decoded& place = window_[taken_ % window_.size()];
  delivered_.wait(lock, [&place] { return place.has_value(); });
  Result<ItemImages> images = std::move(*place);
  place.reset();
  waiting_ -= bytes_of(images);
  ++taken_;
  lock.unlock();
  has_room_.notify_all();
  return images;
}

void ImageAhead::work(const std::stop_token& stop) {
  ItemReader reader(decode_);
  while (const auto chunk = take_chunk()) {
    for (std::size_t item = chunk->first; item < chunk->second; ++item) {
      if (!wait_for_room(item, stop)) return;
      deliver(item, reader.read(*items_[item]));
    }
  }
}

std::optional<std::pair<std::size_t, std::size_t>> ImageAhead::take_chunk() {
  const std::lock_guard lock(mutex_);
  if (next_chunk_ + 1 >= chunks_.size()) return std::nullopt;
  const std::size_t chunk = next_chunk_++;
  return std::pair(chunks_[chunk], chunks_[chunk + 1]);
}

bool ImageAhead::wait_for_room(std::size_t item, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  // The item that is needed next always has room, so somebody always gets on: chunks are taken in order, which means
  // that its chunk is some thread's, and that this thread has come to it.
  const bool has_room = has_room_.wait(lock, stop, [this, item] {
    return item == taken_ || (item < taken_ + window_.size() && waiting_ < limits_.bytes);
  });
  return has_room && !stop.stop_requested();
}

void ImageAhead::deliver(std::size_t item, Result<ItemImages> images) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ += bytes_of(images);
    window_[item % window_.size()] = std::move(images);
  }
  delivered_.notify_one();
}

}  // namespace osler
