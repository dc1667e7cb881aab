#include "osler/hub/http.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "hub/server.h"
#include "osler/storage/files.h"
#include "support/environment.h"
#include "support/temporary_folder.h"

namespace osler::hub {
namespace {

using std::chrono::milliseconds;
using test::content_response;
using test::HttpRequest;
using test::HttpResponse;
using test::HttpServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Bytes that differ from place to place, so that parts in the wrong order are seen.
std::string bytes_of(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (auto& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

class HttpTest : public testing::Test {
 protected:
  HttpClient client(const HttpServer& server) {
    HttpSettings settings;
    settings.endpoint = server.url();
    settings.token = "hf_secret";
    settings.stall_timeout = std::chrono::seconds(1);
    settings.attempts = 4;
    settings.wait = [this](milliseconds time, const std::stop_token&) { waits_.push_back(time); };
    return {settings, stop_.get_token()};
  }

  PartialFile part() { return PartialFile::open(path_).value(); }

  /// Gets the file, and gives the error's message if there is one.
  std::string get(const HttpServer& server, std::uint64_t size) {
    auto file = part();
    const auto answer = client(server).get_file(server.url() + "/f", file, size);
    return answer ? "status " + std::to_string(answer->status) : answer.error().message();
  }

  [[nodiscard]] std::string content() const { return read_file(path_).value_or("none"); }

  test::EnvironmentVariable direct_{"no_proxy", "127.0.0.1,localhost"};
  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "x.incomplete";
  std::stop_source stop_;
  std::vector<milliseconds> waits_;
};

TEST_F(HttpTest, ATextComesWithTheAgentAndTheToken) {
  const HttpServer server([](const HttpRequest&) { return HttpResponse{.body = "hello"}; });
  const auto answer = client(server).get_text(server.url() + "/t", 100);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->host, server.host());
  EXPECT_THAT(server.requests().at(0).header("user-agent"), testing::StartsWith("osler/"));
  EXPECT_EQ(server.requests().at(0).header("authorization"), "Bearer hf_secret");
}

TEST_F(HttpTest, ATextLargerThanTheBoundIsAnError) {
  const HttpServer server([](const HttpRequest&) { return HttpResponse{.body = std::string(101, 'x')}; });
  const auto answer = client(server).get_text(server.url() + "/t", 100);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::limit);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpTest, TheTokenIsNotSentToAnotherHostOrPortAfterARedirect) {
  const HttpServer other([](const HttpRequest&) { return HttpResponse{.body = "abc"}; });
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    const std::string there = "http://" + host + ":" + std::to_string(other.port()) + "/cdn?signature=1";
    const HttpServer server([&](const HttpRequest&) {
      return HttpResponse{.status = 302, .headers = {{"Location", there}}};
    });
    auto file = part();
    ASSERT_TRUE(file.restart().has_value());
    ASSERT_TRUE(client(server).get_file(server.url() + "/f", file, 3).has_value());
    EXPECT_EQ(server.requests().at(0).header("authorization"), "Bearer hf_secret");
  }
  ASSERT_EQ(other.requests().size(), 2U);
  for (const auto& request : other.requests()) EXPECT_FALSE(request.headers.contains("authorization"));
  EXPECT_EQ(content(), "abc");
}

TEST_F(HttpTest, TheTokenIsNotSentToTheSameHostByAnotherNameAfterARedirect) {
  std::string there;
  const HttpServer server([&](const HttpRequest& request) {
    if (request.target == "/f") return HttpResponse{.status = 307, .headers = {{"Location", there}}};
    return HttpResponse{.body = "abc"};
  });
  there = "http://localhost:" + std::to_string(server.port()) + "/cdn";
  EXPECT_EQ(get(server, 3), "status 200");
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_FALSE(server.requests().at(1).headers.contains("authorization"));
}

TEST_F(HttpTest, TheTokenStaysWithinTheEndpointAndIsKeptAcrossItsOwnRedirects) {
  const HttpServer server([](const HttpRequest& request) {
    if (request.target == "/old") return HttpResponse{.status = 307, .headers = {{"Location", "/new"}}};
    return HttpResponse{.body = "abc"};
  });
  ASSERT_TRUE(client(server).get_text(server.url() + "/old", 100).has_value());
  EXPECT_EQ(server.requests().at(1).header("authorization"), "Bearer hf_secret");
  const HttpServer other([](const HttpRequest&) { return HttpResponse{.body = "abc"}; });
  ASSERT_TRUE(client(server).get_text(other.url() + "/f", 100).has_value());
  EXPECT_FALSE(other.requests().at(0).headers.contains("authorization"));
}

TEST_F(HttpTest, RedirectsWithoutEndAndToOtherProtocolsAreErrors) {
  const HttpServer circle([](const HttpRequest&) {
    return HttpResponse{.status = 302, .headers = {{"Location", "/again"}}};
  });
  EXPECT_THAT(get(circle, 3), HasSubstr("redirects"));
  EXPECT_LE(circle.requests().size(), 20U);
  const HttpServer local([](const HttpRequest&) {
    return HttpResponse{.status = 302, .headers = {{"Location", "file:///etc/passwd"}}};
  });
  EXPECT_THAT(get(local, 3), HasSubstr("redirects"));
  EXPECT_THAT(content(), IsEmpty());
}

TEST_F(HttpTest, ACutConnectionIsResumedWhereItBroke) {
  const std::string whole = bytes_of(300'000);
  const HttpServer server([&, cuts = 0](const HttpRequest& request) mutable {
    auto response = content_response(request, whole);
    if (++cuts <= 2) response.cut_after = 100'000;
    return response;
  });
  EXPECT_EQ(get(server, whole.size()), "status 206");
  EXPECT_EQ(content(), whole);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_FALSE(requests[0].from_byte().has_value());
  EXPECT_EQ(requests[1].from_byte(), 100'000U);
  EXPECT_EQ(requests[2].from_byte(), 200'000U);
  EXPECT_THAT(waits_, ElementsAre(milliseconds(1000), milliseconds(2000)));
}

TEST_F(HttpTest, APartOfAnEarlierProcessIsResumed) {
  const std::string whole = bytes_of(1000);
  ASSERT_TRUE(part().append(whole.substr(0, 400)).has_value());
  const HttpServer server([&](const HttpRequest& request) { return content_response(request, whole); });
  EXPECT_EQ(get(server, whole.size()), "status 206");
  EXPECT_EQ(content(), whole);
  EXPECT_EQ(server.requests().at(0).from_byte(), 400U);
}

TEST_F(HttpTest, AWholePartIsNotAskedForAndALargerOneIsStartedOver) {
  const HttpServer server([](const HttpRequest& request) { return content_response(request, "abcd"); });
  ASSERT_TRUE(part().append("abcd").has_value());
  EXPECT_EQ(get(server, 4), "status 200");
  EXPECT_THAT(server.requests(), IsEmpty());
  ASSERT_TRUE(part().append("efgh").has_value());
  EXPECT_EQ(get(server, 4), "status 200");
  EXPECT_FALSE(server.requests().at(0).from_byte().has_value());
  EXPECT_EQ(content(), "abcd");
}

TEST_F(HttpTest, AServerThatIgnoresTheRangeSendsEverythingAnew) {
  const std::string whole = bytes_of(1000);
  ASSERT_TRUE(part().append(std::string(400, 'x')).has_value());
  const HttpServer server([&](const HttpRequest&) { return HttpResponse{.body = whole}; });
  EXPECT_EQ(get(server, whole.size()), "status 200");
  EXPECT_EQ(content(), whole);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpTest, AnotherRangeThanWasAskedForIsNotAppended) {
  const std::string whole = bytes_of(1000);
  ASSERT_TRUE(part().append(whole.substr(0, 400)).has_value());
  const HttpServer server([&](const HttpRequest& request) {
    if (!request.from_byte()) return HttpResponse{.body = whole};
    return HttpResponse{.status = 206, .headers = {{"Content-Range", "bytes 300-999/1000"}}, .body = whole.substr(300)};
  });
  EXPECT_EQ(get(server, whole.size()), "status 200");
  EXPECT_EQ(content(), whole);
}

TEST_F(HttpTest, AFileOfAnotherSizeIsAnErrorAndLeavesNothing) {
  const HttpServer longer([](const HttpRequest&) { return HttpResponse{.body = "abcdef"}; });
  EXPECT_THAT(get(longer, 5), HasSubstr("sends more than 5 bytes where 5 bytes were announced"));
  EXPECT_THAT(content(), IsEmpty());
  EXPECT_EQ(longer.requests().size(), 1U);
  const HttpServer shorter([](const HttpRequest& request) { return content_response(request, "abcd"); });
  EXPECT_THAT(get(shorter, 5), HasSubstr("sends at most 4 bytes where 5 bytes were announced"));
  EXPECT_THAT(content(), IsEmpty());
  EXPECT_EQ(shorter.requests().size(), 2U);
}

TEST_F(HttpTest, AServerThatAlwaysSendsTooLittleIsGivenUp) {
  const HttpServer server([](const HttpRequest&) { return HttpResponse{.body = std::string(2 << 20, 'x')}; });
  EXPECT_THAT(get(server, 3 << 20), HasSubstr("breaks off"));
  EXPECT_LE(server.requests().size(), 5U);
}

TEST_F(HttpTest, AStalledTransferIsCutAndResumed) {
  const std::string whole = bytes_of(1000);
  const HttpServer server([&, first = true](const HttpRequest& request) mutable {
    auto response = content_response(request, whole);
    if (std::exchange(first, false)) {
      response.cut_after = 500;
      response.hang = true;
    }
    return response;
  });
  EXPECT_EQ(get(server, whole.size()), "status 206");
  EXPECT_EQ(content(), whole);
}

TEST_F(HttpTest, ServerErrorsAreTriedAgain) {
  const HttpServer server([failures = 0](const HttpRequest&) mutable {
    return ++failures <= 2 ? HttpResponse{.status = 503, .body = "busy"} : HttpResponse{.body = "abc"};
  });
  EXPECT_EQ(get(server, 3), "status 200");
  EXPECT_EQ(content(), "abc");
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(HttpTest, ServerErrorsThatStayAreGivenUp) {
  const HttpServer server([](const HttpRequest&) { return HttpResponse{.status = 500}; });
  EXPECT_THAT(get(server, 3), HasSubstr("fails (status 500)"));
  EXPECT_EQ(server.requests().size(), 4U);
  EXPECT_THAT(waits_, ElementsAre(milliseconds(1000), milliseconds(2000), milliseconds(4000)));
}

TEST_F(HttpTest, TheWaitThatAServerAsksForIsKeptUpToABound) {
  const HttpServer server([answers = 0](const HttpRequest&) mutable {
    const std::vector<std::string> times{"7", "99999999999999999999", "-5"};
    const auto i = static_cast<std::size_t>(answers++);
    if (i >= times.size()) return HttpResponse{.body = "abc"};
    return HttpResponse{.status = 429, .headers = {{"Retry-After", times[i]}}};
  });
  EXPECT_EQ(get(server, 3), "status 200");
  ASSERT_EQ(waits_.size(), 3U);
  EXPECT_EQ(waits_[0], milliseconds(7000));
  for (const auto wait : waits_) EXPECT_LE(wait, milliseconds(300'000));
}

TEST_F(HttpTest, RefusalsAreAnswersAndNotTriedAgain) {
  for (const int status : {400, 401, 403, 404, 410}) {
    const HttpServer server([&](const HttpRequest&) {
      return HttpResponse{.status = status, .headers = {{"X-Error-Code", "GatedRepo"}}, .body = "no"};
    });
    auto file = part();
    const auto answer = client(server).get_file(server.url() + "/f", file, 3);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, status);
    EXPECT_FALSE(answer->good());
    EXPECT_EQ(answer->error_code, "GatedRepo");
    EXPECT_EQ(server.requests().size(), 1U);
    EXPECT_THAT(content(), IsEmpty());
  }
}

TEST_F(HttpTest, AnUnreachableHostIsNamedAtOnce) {
  std::string url;
  HttpSettings settings;
  {
    const HttpServer server([](const HttpRequest&) { return HttpResponse{}; });
    url = server.url();
  }
  settings.endpoint = url;
  HttpClient client(settings, {});
  const auto answer = client.get_text(url + "/t", 100);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::io);
  EXPECT_THAT(answer.error().message(), HasSubstr(url.substr(std::string("http://").size()) + " cannot be reached"));
  EXPECT_THAT(answer.error().message(), HasSubstr("--data"));
}

TEST_F(HttpTest, AStopEndsATransferThatHangs) {
  const HttpServer server([this](const HttpRequest&) {
    stop_.request_stop();
    return HttpResponse{.body = "abcdef", .cut_after = 3, .hang = true};
  });
  auto file = part();
  const auto answer = client(server).get_file(server.url() + "/f", file, 6);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::interrupted);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpTest, AStopEndsAWait) {
  stop_.request_stop();
  wait_or_stop(std::chrono::hours(1), stop_.get_token());
  const HttpServer server([](const HttpRequest&) { return HttpResponse{}; });
  EXPECT_THAT(get(server, 3), HasSubstr("stopped"));
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(HttpTest, AFullDiskIsNamedAndWhatWasWrittenStays) {
  const std::string whole = bytes_of(300'000);
  const HttpServer server([&](const HttpRequest& request) { return content_response(request, whole); });
  // A limit on the size of files behaves like a disk that is full there, once its signal is ignored.
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 100'000, before.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto message = get(server, whole.size());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr("x.incomplete: cannot be written"));
  EXPECT_THAT(message, HasSubstr("what was fetched is kept"));
  EXPECT_EQ(content(), whole.substr(0, 100'000));
  EXPECT_EQ(get(server, whole.size()), "status 206");
  EXPECT_EQ(content(), whole);
}

TEST(DiskError, AFullDiskHasItsOwnWayOut) {
  EXPECT_THAT(disk_error("/x", ENOSPC).message(), HasSubstr("free some space"));
  EXPECT_THAT(disk_error("/x", EACCES).message(), HasSubstr("permissions"));
}

TEST_F(HttpTest, ATokenThatWouldBeginAnotherHeaderIsRefused) {
  const HttpServer server([](const HttpRequest&) { return HttpResponse{}; });
  HttpClient client({.endpoint = server.url(), .token = "a\r\nX-Other: b"}, {});
  const auto answer = client.get_text(server.url() + "/t", 100);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::usage);
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(HttpTest, AnEndpointThatIsNoAddressIsRefused) {
  for (const std::string endpoint :
       {"", "huggingface", "ftp://huggingface.co", "file:///etc", "https://", "http://a:b@c"}) {
    HttpClient client({.endpoint = endpoint}, {});
    const auto answer = client.get_text(endpoint + "/t", 100);
    ASSERT_FALSE(answer.has_value()) << endpoint;
    EXPECT_EQ(answer.error().code, ErrorCode::usage) << endpoint;
    EXPECT_THAT(answer.error().message(), HasSubstr("HF_ENDPOINT"));
  }
}

}  // namespace
}  // namespace osler::hub
