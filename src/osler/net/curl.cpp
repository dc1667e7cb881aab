#include "osler/net/curl.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "osler/core/version.h"

namespace osler::curl {
namespace {

/// Once per process and before the first handle.
bool library_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

Handle make_handle() { return Handle(library_is_ready() ? curl_easy_init() : nullptr); }

bool append(HeaderList& headers, const std::string& header) {
  curl_slist* longer = curl_slist_append(headers.get(), header.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(headers.release());  // it is the beginning of the longer list
  headers.reset(longer);
  return true;
}

std::string user_agent() { return fmt::format("osler/{}", kVersion); }

std::string header_of(CURL* handle, const char* name) {
  constexpr int kLastAnswer = -1;
  constexpr std::size_t kEnough = 200;
  curl_header* header = nullptr;
  if (curl_easy_header(handle, name, 0, CURLH_HEADER, kLastAnswer, &header) != CURLHE_OK) return {};
  return std::string(std::string_view(header->value).substr(0, kEnough));
}

long status_of(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

bool set_trust(CURL* handle) {
  const char* file = variable("CURL_CA_BUNDLE");
  if (file == nullptr) file = variable("SSL_CERT_FILE");
  bool good = file == nullptr || curl_easy_setopt(handle, CURLOPT_CAINFO, file) == CURLE_OK;
  if (const char* folder = variable("SSL_CERT_DIR")) {
    good = curl_easy_setopt(handle, CURLOPT_CAPATH, folder) == CURLE_OK && good;
  }
  return good;
}

Ending ending_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return Ending::done;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
      return Ending::unreachable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return Ending::untrusted;
    case CURLE_TOO_MANY_REDIRECTS:
      return Ending::redirected;
    case CURLE_WRITE_ERROR:
      return Ending::refused;
    case CURLE_ABORTED_BY_CALLBACK:
      return Ending::stopped;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_NOT_BUILT_IN:
      return Ending::impossible;
    default:
      return Ending::cut;
  }
}

}  // namespace osler::curl
