#pragma once

#include <string>
#include <string_view>

namespace osler {

/// "host" or "host:port" of an address; empty if it is not one for http or https, or holds a name and password.
[[nodiscard]] std::string host_of(const std::string& url);

/// Whether an address is for https.
[[nodiscard]] bool is_encrypted(const std::string& url);

/// Whether an address is one of this machine's own: localhost, 127.0.0.0/8 or [::1]. A name that merely resolves to one
/// of them is not.
[[nodiscard]] bool is_loopback(const std::string& url);

/// Everything but letters, digits and "-._~" as %XX, and '/' too unless it is kept.
enum class Slashes { keep, encode };
[[nodiscard]] std::string percent_encoded(std::string_view text, Slashes slashes);

}  // namespace osler
