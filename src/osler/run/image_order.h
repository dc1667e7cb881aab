#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "osler/core/item.h"
#include "osler/dataset/images/decode.h"

namespace osler {

/// The same items, those that show the same pictures one after another, where the first of them stood; an engine then
/// encodes each picture once. Pictures are the same by their files, or by their bytes where they are embedded in a data
/// file, which may hold one again and again: these are read for it, and `progress` (done, total) is told of every item.
/// Nothing but time depends on the order; when it is time to stop, the rest stay as they are.
[[nodiscard]] std::vector<const Item*> in_image_order(
    const std::vector<const Item*>& items, DecodeLimits limits = {}, const std::stop_token& stop = {},
    const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace osler
