#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "osler/core/response.h"

namespace osler {

/// A response as it is kept in the cache: its line of a journal without what belongs to one asking (item, image
/// cluster, whether it came from the cache), deflated.
[[nodiscard]] std::string pack_response(Response response);

/// Nothing where the bytes are not what pack_response() makes. Any bytes may come.
[[nodiscard]] std::optional<Response> unpack_response(std::string_view packed);

}  // namespace osler
