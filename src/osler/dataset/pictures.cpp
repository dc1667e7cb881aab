#include "osler/dataset/pictures.h"

#include <fmt/format.h>

#include "osler/dataset/image_ahead.h"
#include "osler/dataset/images/similarity.h"

namespace osler {

std::string Pictures::place_of(const ImageSource& source) {
  std::string place = source.file;
  if (source.row) place += fmt::format("#{}/{}/{}", *source.row, source.column, source.element.value_or(0));
  if (source.base64) place += fmt::format("@{}", source.base64->offset);
  return place;
}

Pictures::Pictures(const RowSet& rows, DecodeLimits limits,
                   const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  std::vector<Item> probes;
  std::vector<std::size_t> probed;
  for (const auto& item : rows.items) {
    for (const auto& source : item.images) {
      if (!by_place_.emplace(place_of(source), pictures_.size()).second) continue;
      pictures_.push_back({source, item.id, {}, std::nullopt, {}});
      // What the loader found missing or out of place is among its problems already.
      if (source.file.empty() || rows.missing_images.contains(source.file)) continue;
      Item probe;
      probe.images = {source};
      probes.push_back(std::move(probe));
      probed.push_back(pictures_.size() - 1);
    }
  }
  std::vector<const Item*> wanted;
  wanted.reserve(probes.size());
  for (const auto& probe : probes) wanted.push_back(&probe);
  ImageAhead ahead(std::move(wanted), limits);
  for (std::size_t i = 0; i < probed.size(); ++i) {
    Picture& picture = pictures_[probed[i]];
    const auto images = ahead.next();
    if (images) {
      picture.pixels = images->pixel_hashes.front();
      picture.looks = perceptual_hash(*images->images.front());
    } else {
      picture.problem = images.error().message();
    }
    if (progress) progress(i + 1, probed.size());
  }
}

const Picture& Pictures::of(const ImageSource& source) const { return pictures_[by_place_.at(place_of(source))]; }

}  // namespace osler
