#include "osler/run/requests.h"

#include "osler/core/hash.h"

namespace osler {
namespace {

/// Items with equal pictures fall into one cluster, whatever their files are called.
std::string cluster_of(const std::vector<std::shared_ptr<const Image>>& images, const Item& item) {
  if (images.empty()) return sha256_hex("no image: " + item.id);
  if (images.size() == 1) return pixel_hash(*images.front());
  Sha256 hash;
  for (const auto& image : images) hash.update_field(pixel_hash(*image));
  return hash.hex();
}

/// Items that share a broken image are still a cluster.
std::string cluster_of_unreadable(const Item& item) {
  Sha256 hash;
  for (const auto& image : item.images) hash.update_field(image.key);
  return hash.hex();
}

}  // namespace

PendingRequests::PendingRequests(const Protocol& protocol, std::vector<const Item*> items, DecodeLimits limits,
                                 ResponseSink& sink, std::function<void(const Item&, std::string)> announce)
    : protocol_(protocol), items_(std::move(items)), loader_(limits), sink_(sink), announce_(std::move(announce)) {}

std::optional<Request> PendingRequests::next() {
  while (status_ && next_ < items_.size()) {
    const Item& item = *items_[next_++];
    Request request;
    request.item_id = item.id;
    std::optional<Error> problem;
    for (const auto& source : item.images) {
      auto image = loader_.load(source);
      if (!image) {
        problem = image.error();
        break;
      }
      request.images.push_back(std::move(*image));
    }
    if (problem) {
      status_ = report_error(item, *problem);
      continue;
    }
    announce_(item, cluster_of(request.images, item));
    request.prompt = make_prompt(protocol_, item);
    request.decoding = protocol_.decoding;
    return request;
  }
  return std::nullopt;
}

Status PendingRequests::report_error(const Item& item, const Error& error) {
  announce_(item, cluster_of_unreadable(item));
  Response response;
  response.item_id = item.id;
  response.finish = FinishReason::error;
  response.error = error.message();
  return sink_.accept(std::move(response));
}

}  // namespace osler
