#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "osler/net/ending.h"

/// What all users of libcurl share.
namespace osler::curl {

struct Free {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Free>;
using HeaderList = std::unique_ptr<curl_slist, Free>;

/// A new handle; null if libcurl cannot be started.
[[nodiscard]] Handle make_handle();

/// Puts a header behind those there are; false if there is no memory for it.
[[nodiscard]] bool append(HeaderList& headers, const std::string& header);

/// "osler/VERSION".
[[nodiscard]] std::string user_agent();

/// A header of the last answer, of at most 200 bytes; empty if it has none of this name.
[[nodiscard]] std::string header_of(CURL* handle, const char* name);

[[nodiscard]] long status_of(CURL* handle);

/// Trusts the certificates that CURL_CA_BUNDLE, SSL_CERT_FILE and SSL_CERT_DIR name, if any does: the library itself,
/// unlike the command of the same name, does not look at these variables. False if libcurl refuses.
[[nodiscard]] bool set_trust(CURL* handle);

/// Of a transfer in which a callback that takes the answer, or one that is asked whether to go on, may end it.
[[nodiscard]] Ending ending_of(CURLcode code);

}  // namespace osler::curl
