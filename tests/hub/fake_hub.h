#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "hub/server.h"
#include "osler/storage/json.h"

namespace osler::test {

/// The name that git gives a content: SHA-1 of "blob SIZE\0" and the content.
[[nodiscard]] std::string git_hash(const std::string& content);

/// One repository, "org/name", at one commit, behind the two addresses that a fetch uses.
class FakeHub {
 public:
  static const std::string kCommit;

  explicit FakeHub(std::string kind = "dataset");

  /// Adds a file; what the API says of it may be changed afterwards through `entry`.
  void add(const std::string& path, const std::string& content, bool large = true);
  /// The file's object in the API's answer.
  Json& entry(const std::string& path);
  /// The API's answer.
  Json& listing() { return listing_; }
  /// What is really served.
  std::string& content(const std::string& path) { return contents_.at(path); }
  /// Answers instead of the hub where it gives something. Called for one request at a time.
  void intercept(std::function<std::optional<HttpResponse>(const HttpRequest&)> interceptor) {
    interceptor_ = std::move(interceptor);
  }

  [[nodiscard]] const HttpServer& server() const { return server_; }
  [[nodiscard]] std::string page() const;
  /// Requests for the list of files, or for files.
  [[nodiscard]] std::size_t list_requests() const;
  [[nodiscard]] std::size_t file_requests() const;

 private:
  HttpResponse answer(const HttpRequest& request) const;
  [[nodiscard]] bool is_list(const HttpRequest& request) const;

  std::string kind_;
  Json listing_;
  std::map<std::string, std::string> contents_;
  std::function<std::optional<HttpResponse>(const HttpRequest&)> interceptor_;
  HttpServer server_;  ///< Last: it must go before what its handler uses.
};

}  // namespace osler::test
