#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/item.h"
#include "osler/dataset/image_loader.h"
#include "osler/engine/engine.h"
#include "osler/prompt/protocol.h"

namespace osler {

/// Makes requests of items as the engine pulls them, so that only the images in hand are in memory. An item whose
/// image is missing or does not decode becomes an error response at once, and the next item follows.
class PendingRequests : public RequestSource {
 public:
  /// `announce` is called with every item and its image cluster before its response can arrive.
  PendingRequests(const Protocol& protocol, std::vector<const Item*> items, DecodeLimits limits, ResponseSink& sink,
                  std::function<void(const Item&, std::string image_cluster)> announce);

  [[nodiscard]] std::optional<Request> next() override;

  /// The failure that ended the requests before their time, if one did (the sink could not keep a response).
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  [[nodiscard]] Status report_error(const Item& item, const Error& error);

  const Protocol& protocol_;
  std::vector<const Item*> items_;
  ImageLoader loader_;
  ResponseSink& sink_;
  std::function<void(const Item&, std::string)> announce_;
  std::size_t next_ = 0;
  Status status_;
};

}  // namespace osler
