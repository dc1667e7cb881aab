#include <gmock/gmock.h>
#include <httplib.h>

#include <thread>

#include "osler/hub/http.h"
#include "support/environment.h"
#include "support/self_signed.h"
#include "support/temporary_folder.h"

namespace osler::hub {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TrustTest : public testing::Test {
 protected:
  TrustTest() {
    server_.Get("/t", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("hello", "text/plain");
    });
    server_.Get("/plain", [](const httplib::Request&, httplib::Response& response) {
      response.set_redirect("http://127.0.0.1:1/t");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // before that it could not be stopped
  }
  ~TrustTest() override { server_.stop(); }

  Result<HttpAnswer> get(const std::string& path) {
    HttpSettings settings{.endpoint = "https://127.0.0.1:" + std::to_string(port_)};
    settings.wait = [](std::chrono::milliseconds, const std::stop_token&) {};
    HttpClient client(settings, {});
    return client.get_text(settings.endpoint + path, 100);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "certificate.pem";
  test::EnvironmentVariable direct_{"no_proxy", "127.0.0.1"};
  test::EnvironmentVariable bundle_{"CURL_CA_BUNDLE", std::nullopt};
  test::EnvironmentVariable file_{"SSL_CERT_FILE", std::nullopt};
  test::SelfSigned own_;
  httplib::SSLServer server_{own_.certificate.get(), own_.key.get()};
  int port_ = 0;
  std::jthread thread_;
};

TEST_F(TrustTest, ACertificateThatNobodyVouchesForIsRefusedAndTheWayOutNamed) {
  const auto answer = get("/t");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::io);
  EXPECT_THAT(answer.error().message(), AllOf(HasSubstr("the certificate of 127.0.0.1:"), HasSubstr("is not trusted"),
                                              HasSubstr("SSL_CERT_FILE")));
}

TEST_F(TrustTest, CertificatesAreTakenFromTheEnvironment) {
  own_.write(path_);
  for (const std::string name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
    const test::EnvironmentVariable trusted(name, path_.string());
    const auto answer = get("/t");
    ASSERT_TRUE(answer.has_value()) << answer.error().message();
    EXPECT_EQ(answer->body, "hello");
  }
}

TEST_F(TrustTest, AFileOfCertificatesThatIsNotThereIsNamed) {
  const test::EnvironmentVariable trusted("SSL_CERT_FILE", path_.string());
  EXPECT_THAT(get("/t").error().message(), HasSubstr(path_.string()));
}

TEST_F(TrustTest, ARedirectThatGivesUpEncryptionIsRefused) {
  own_.write(path_);
  const test::EnvironmentVariable trusted("SSL_CERT_FILE", path_.string());
  EXPECT_THAT(get("/plain").error().message(), HasSubstr("redirects"));
}

}  // namespace
}  // namespace osler::hub
