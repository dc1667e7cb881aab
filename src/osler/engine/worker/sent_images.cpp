#include "osler/engine/worker/sent_images.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace osler {
namespace {

/// Of the middle rows: the first ones of most medical pictures are black. Only spares comparing pictures that differ.
std::uint64_t fingerprint_of(const Image& image) {
  constexpr std::size_t kBytes = 4096;
  const std::size_t size = std::min(kBytes, image.rgb.size());
  const std::size_t start = (image.rgb.size() - size) / 2;
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(image.rgb.data()) + start, size});
}

bool equal(const Image& a, const Image& b) { return a.width == b.width && a.height == b.height && a.rgb == b.rgb; }

}  // namespace

SentImages::Entries::iterator SentImages::find(const std::shared_ptr<const Image>& image, std::uint64_t& fingerprint) {
  const auto same = [&](const Entry& entry) { return entry.image == image; };
  if (const auto entry = std::find_if(entries_.begin(), entries_.end(), same); entry != entries_.end()) return entry;
  fingerprint = fingerprint_of(*image);
  const auto alike = [&](const Entry& entry) {
    return entry.fingerprint == fingerprint && equal(*entry.image, *image);
  };
  return std::find_if(entries_.begin(), entries_.end(), alike);
}

std::vector<std::uint64_t> SentImages::use(const std::vector<std::shared_ptr<const Image>>& images,
                                           std::vector<messages::Message>& news) {
  std::vector<std::uint64_t> numbers;
  for (const auto& image : images) {
    std::uint64_t fingerprint = 0;
    if (const auto entry = find(image, fingerprint); entry != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, entry);
    } else {
      entries_.push_front({next_number_++, image, fingerprint, 0});
      bytes_ += image->rgb.size();
      news.emplace_back(messages::ImageSent{entries_.front().number, image});
    }
    ++entries_.front().uses;
    numbers.push_back(entries_.front().number);
  }
  forget_oldest(news);
  return numbers;
}

void SentImages::release(const std::vector<std::uint64_t>& numbers) {
  for (const auto number : numbers) {
    const auto same = [number](const Entry& entry) { return entry.number == number; };
    const auto entry = std::find_if(entries_.begin(), entries_.end(), same);
    if (entry != entries_.end() && entry->uses > 0) --entry->uses;
  }
}

void SentImages::forget_oldest(std::vector<messages::Message>& news) {
  for (auto entry = entries_.end(); bytes_ > keep_ && entry != entries_.begin();) {
    --entry;
    if (entry->uses > 0) continue;
    bytes_ -= entry->image->rgb.size();
    news.emplace_back(messages::ForgetImage{entry->number});
    entry = entries_.erase(entry);
  }
}

}  // namespace osler
