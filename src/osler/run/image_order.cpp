#include "osler/run/image_order.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "osler/core/hash.h"
#include "osler/dataset/image_loader.h"

namespace osler {
namespace {

bool is_embedded(const ImageSource& source) { return source.row.has_value() || source.base64.has_value(); }

/// What tells pictures apart.
std::string key_of(const ImageSource& source, ImageLoader& loader) {
  if (!is_embedded(source)) return source.key;
  const auto bytes = loader.bytes(source);
  return bytes ? sha256_hex(*bytes) : source.key;
}

}  // namespace

std::vector<const Item*> in_image_order(const std::vector<const Item*>& items, DecodeLimits limits,
                                        const std::stop_token& stop,
                                        const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  ImageLoader loader(limits);
  std::unordered_map<std::string, std::size_t> places;
  std::vector<std::vector<const Item*>> groups;
  std::uint64_t done = 0;
  for (const Item* item : items) {
    if (progress) progress(++done, items.size());
    if (item->images.empty() || stop.stop_requested()) {
      groups.push_back({item});
      continue;
    }
    Sha256 pictures;
    for (const auto& source : item->images) pictures.update_field(key_of(source, loader));
    const auto [place, is_new] = places.try_emplace(pictures.hex(), groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(item);
  }
  std::vector<const Item*> ordered;
  ordered.reserve(items.size());
  for (const auto& group : groups) ordered.insert(ordered.end(), group.begin(), group.end());
  return ordered;
}

}  // namespace osler
