#include "osler/run/requests.h"

#include "osler/core/hash.h"

namespace osler {
namespace {

std::string cluster_of(const std::vector<std::string>& pixel_hashes, const Item& item) {
  if (pixel_hashes.empty()) return sha256_hex("no image: " + item.id);
  if (pixel_hashes.size() == 1) return pixel_hashes.front();
  Sha256 hash;
  for (const auto& pixels : pixel_hashes) hash.update_field(pixels);
  return hash.hex();
}

std::vector<std::string> pixel_hashes(const std::vector<std::shared_ptr<const Image>>& images) {
  std::vector<std::string> hashes;
  for (const auto& image : images) hashes.push_back(pixel_hash(*image));
  return hashes;
}

/// Items that share a broken image are still a cluster.
std::string cluster_of_unreadable(const Item& item) {
  Sha256 hash;
  for (const auto& image : item.images) hash.update_field(image.key);
  return hash.hex();
}

}  // namespace

std::string image_cluster(const Result<ItemImages>& images, const Item& item) {
  return images ? cluster_of(images->pixel_hashes, item) : cluster_of_unreadable(item);
}

PendingRequests::PendingRequests(const Protocol& protocol, std::vector<const Item*> items, DecodeLimits limits,
                                 ResponseSink& sink, std::function<void(const Item&, std::string)> announce,
                                 Ablation ablation, const ShuffledImages* shuffled)
    : protocol_(protocol),
      items_(std::move(items)),
      own_(items_, limits),
      loader_(limits),
      sink_(sink),
      announce_(std::move(announce)),
      ablation_(ablation),
      shuffled_(shuffled) {}

std::optional<Request> PendingRequests::next() {
  while (status_ && next_ < items_.size()) {
    const Item& item = *items_[next_++];
    auto own = own_.next();
    std::string cluster = image_cluster(own, item);
    if (!own) {
      status_ = report_error(item, own.error(), std::move(cluster));
      continue;
    }
    auto images = shown(item, std::move(*own));
    if (!images) {
      status_ = report_error(item, images.error(), std::move(cluster));
      continue;
    }
    announce_(item, std::move(cluster));
    Request request;
    request.item_id = item.id;
    request.images = std::move(*images);
    if (request.images.size() == item.images.size()) {
      request.prompt = make_prompt(protocol_, item);
    } else {
      Item as_shown = item;
      as_shown.images.resize(request.images.size());
      request.prompt = make_prompt(protocol_, as_shown);
    }
    request.images.resize(shown_images(protocol_, request.images.size()));
    request.decoding = protocol_.decoding;
    request.follow_up = make_follow_up(protocol_, item);
    request.letters = option_letters(item);
    request.scoring = make_scoring(protocol_, item);
    return request;
  }
  return std::nullopt;
}

Result<PendingRequests::Images> PendingRequests::load(const std::vector<ImageSource>& sources) {
  Images images;
  for (const auto& source : sources) {
    auto image = loader_.load(source);
    if (!image) return pass(image);
    images.push_back(std::move(*image));
  }
  return images;
}

Result<PendingRequests::Images> PendingRequests::shown(const Item& item, ItemImages own) {
  if (ablation_ == Ablation::no_image) return Images{};
  if (ablation_ != Ablation::shuffled_image || own.images.empty()) return std::move(own.images);
  // Collections hold the same picture under several names; a stand-in must look different.
  constexpr std::size_t kAttempts = 64;
  for (std::size_t attempt = 0; attempt < kAttempts; ++attempt) {
    const auto* sources = shuffled_->instead_of(item, attempt);
    if (sources == nullptr) break;
    auto other = load(*sources);
    if (!other) return pass(other);
    if (pixel_hashes(*other) != own.pixel_hashes) return other;
  }
  return fail(ErrorCode::unsupported, "the benchmark has no other picture to show instead", {},
              "shuffled images need a row set with at least two different pictures");
}

Status PendingRequests::report_error(const Item& item, const Error& error, std::string cluster) {
  announce_(item, std::move(cluster));
  Response response;
  response.item_id = item.id;
  response.finish = FinishReason::error;
  response.error = error.message();
  return sink_.accept(std::move(response));
}

}  // namespace osler
