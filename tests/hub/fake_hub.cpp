#include "hub/fake_hub.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "osler/core/hash.h"

namespace osler::test {
namespace {

/// "%41" as "A"; what is not encoded stays.
std::string decoded(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

const std::string FakeHub::kCommit(40, 'c');

std::string git_hash(const std::string& content) {
  const std::string head = fmt::format("blob {}", content.size());
  const std::string whole = head + '\0' + content;
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(whole.data()), whole.size(), digest.data());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

FakeHub::FakeHub(std::string kind)
    : kind_(std::move(kind)),
      listing_({{"id", "org/name"}, {"sha", kCommit}, {"siblings", Json::array()}}),
      server_([this](const HttpRequest& request) { return answer(request); }) {}

void FakeHub::add(const std::string& path, const std::string& content, bool large) {
  contents_[path] = content;
  Json file = {{"rfilename", path}, {"size", content.size()}, {"blobId", git_hash(content)}};
  if (large) {
    // A large file is in git only as a pointer, and that is what the blob's name is of.
    file["blobId"] = std::string(40, '0');
    file["lfs"] = {{"sha256", sha256_hex(content)}, {"size", content.size()}, {"pointerSize", 130}};
  }
  listing_["siblings"].push_back(std::move(file));
}

Json& FakeHub::entry(const std::string& path) {
  auto& files = listing_["siblings"];
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const Json& file) { return file["rfilename"] == path; });
  if (found == files.end()) throw std::out_of_range(path);
  return *found;
}

std::string FakeHub::page() const { return server_.url() + (kind_ == "dataset" ? "/datasets" : "") + "/org/name"; }

bool FakeHub::is_list(const HttpRequest& request) const { return request.target.starts_with("/api/"); }

std::size_t FakeHub::list_requests() const {
  const auto requests = server_.requests();
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(), [this](const auto& request) { return is_list(request); }));
}

std::size_t FakeHub::file_requests() const { return server_.requests().size() - list_requests(); }

HttpResponse FakeHub::answer(const HttpRequest& request) const {
  if (interceptor_) {
    if (auto response = interceptor_(request)) return *response;
  }
  for (const std::string_view revision :
       {std::string_view("main"), std::string_view("refs%2Fconvert%2Fparquet"), std::string_view(kCommit)}) {
    if (request.target == fmt::format("/api/{}s/org/name/revision/{}?blobs=true", kind_, revision)) {
      return {.body = listing_.dump()};
    }
  }
  const std::string files = fmt::format("{}/org/name/resolve/{}/", kind_ == "dataset" ? "/datasets" : "", kCommit);
  if (request.target.starts_with(files)) {
    const auto found = contents_.find(decoded(request.target.substr(files.size())));
    if (found != contents_.end()) return content_response(request, found->second);
  }
  return {.status = 404, .body = "not found"};
}

}  // namespace osler::test
