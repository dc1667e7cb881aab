#include <gmock/gmock.h>
#include <httplib.h>

#include <thread>

#include "engine/openai/support.h"
#include "support/environment.h"
#include "support/self_signed.h"
#include "support/temporary_folder.h"

namespace osler {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A server over TLS, with a certificate for an address that need not be its own.
class TlsServer {
 public:
  explicit TlsServer(const test::SelfSigned& identity) : server_(identity.certificate.get(), identity.key.get()) {
    server_.Post("/v1/chat/completions", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(test::completion("over TLS"), "application/json");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // before that it could not be stopped
  }
  ~TlsServer() { server_.stop(); }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] OpenAiOptions options(const std::string& host = "127.0.0.1") const {
    OpenAiOptions options;
    options.model = "m";
    options.base_urls = {"https://" + host + ":" + std::to_string(port_) + "/v1"};
    options.patience = std::chrono::seconds(0);
    return options;
  }

 private:
  httplib::SSLServer server_;
  int port_ = 0;
  std::jthread thread_;
};

class OpenAiTrustTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  test::SelfSigned own_;
  test::EnvironmentVariable direct_{"no_proxy", "127.0.0.1"};
  test::EnvironmentVariable bundle_{"CURL_CA_BUNDLE", std::nullopt};
  test::EnvironmentVariable file_{"SSL_CERT_FILE", std::nullopt};
};

TEST_F(OpenAiTrustTest, ACertificateThatNobodyVouchesForIsRefusedAtOnce) {
  const TlsServer server(own_);
  const auto engine = open_openai_engine(server.options());
  ASSERT_FALSE(engine.has_value());
  EXPECT_THAT(engine.error().message(),
              AllOf(HasSubstr("the certificate of 127.0.0.1:"), HasSubstr("not trusted"), HasSubstr("SSL_CERT_FILE")));
}

TEST_F(OpenAiTrustTest, ACertificateOfAnotherHostIsRefusedThoughItIsTrusted) {
  own_.write(folder_.path() / "certificate.pem");
  const test::EnvironmentVariable trusted("SSL_CERT_FILE", (folder_.path() / "certificate.pem").string());
  const TlsServer server(own_);
  const auto engine = open_openai_engine(server.options("localhost"));
  ASSERT_FALSE(engine.has_value());
  EXPECT_THAT(engine.error().message(), HasSubstr("not trusted"));
}

TEST_F(OpenAiTrustTest, ATrustedServerIsAsked) {
  own_.write(folder_.path() / "certificate.pem");
  const test::EnvironmentVariable trusted("SSL_CERT_FILE", (folder_.path() / "certificate.pem").string());
  const TlsServer server(own_);
  const auto engine = open_openai_engine(server.options());
  ASSERT_TRUE(engine.has_value()) << engine.error().message();
  const auto all = test::answer_all(**engine, test::questions(20));
  ASSERT_TRUE(all.status.has_value());
  EXPECT_EQ(all.responses.at("7").text, "over TLS");
}

}  // namespace
}  // namespace osler
