#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/item.h"
#include "osler/dataset/image_ahead.h"
#include "osler/dataset/image_loader.h"
#include "osler/engine/engine.h"
#include "osler/prompt/protocol.h"
#include "osler/run/ablation.h"

namespace osler {

/// The cluster of an item by its images as they were decoded, or could not be: items with equal pictures fall into one
/// cluster, whatever their files are called.
[[nodiscard]] std::string image_cluster(const Result<ItemImages>& images, const Item& item);

/// Makes requests of items as the engine pulls them; images are decoded a little ahead, on threads of their own, so
/// that only those in hand and the next few are in memory. An item whose image is missing or does not decode becomes an
/// error response when it is its turn, and the next item follows. In a control run an item keeps the cluster of its own
/// picture, so that it can be paired with the real run.
class PendingRequests : public RequestSource {
 public:
  /// `announce` is called with every item and its image cluster before its response can arrive. `shuffled` is used
  /// with Ablation::shuffled_image only.
  PendingRequests(const Protocol& protocol, std::vector<const Item*> items, DecodeLimits limits, ResponseSink& sink,
                  std::function<void(const Item&, std::string image_cluster)> announce,
                  Ablation ablation = Ablation::none, const ShuffledImages* shuffled = nullptr);

  [[nodiscard]] std::optional<Request> next() override;

  /// The failure that ended the requests before their time, if one did (the sink could not keep a response).
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  using Images = std::vector<std::shared_ptr<const Image>>;
  [[nodiscard]] Result<Images> load(const std::vector<ImageSource>& sources);
  /// What the model gets to see.
  [[nodiscard]] Result<Images> shown(const Item& item, ItemImages own);
  [[nodiscard]] Status report_error(const Item& item, const Error& error, std::string cluster);

  const Protocol& protocol_;
  std::vector<const Item*> items_;
  ImageAhead own_;      ///< The images of items_, in their order.
  ImageLoader loader_;  ///< Of stand-ins.
  ResponseSink& sink_;
  std::function<void(const Item&, std::string)> announce_;
  Ablation ablation_;
  const ShuffledImages* shuffled_;
  std::size_t next_ = 0;
  Status status_;
};

}  // namespace osler
