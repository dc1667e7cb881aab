#include "osler/net/address.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace osler {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

struct FreeText {
  void operator()(char* text) const { curl_free(text); }
};

/// Null for what is no address.
Url parsed(const std::string& url) {
  Url parsed(curl_url());
  const bool good = parsed != nullptr && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
  return good ? std::move(parsed) : nullptr;
}

std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (url == nullptr || curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, FreeText> owner(text);
  return text;
}

}  // namespace

std::string host_of(const std::string& url) {
  const Url address = parsed(url);
  const auto scheme = part_of(address, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return {};
  if (!part_of(address, CURLUPART_USER).empty() || !part_of(address, CURLUPART_PASSWORD).empty()) return {};
  const auto port = part_of(address, CURLUPART_PORT);
  const auto host = part_of(address, CURLUPART_HOST);
  return port.empty() ? host : host + ":" + port;
}

bool is_encrypted(const std::string& url) { return part_of(parsed(url), CURLUPART_SCHEME) == "https"; }

bool is_loopback(const std::string& url) {
  std::string host = part_of(parsed(url), CURLUPART_HOST);
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  constexpr std::uint32_t kLoopbackNet = 127;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24U == kLoopbackNet;
}

std::string percent_encoded(std::string_view text, Slashes slashes) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || (c == '/' && slashes == Slashes::keep);
    if (plain) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace osler
