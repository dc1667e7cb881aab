#include <gmock/gmock.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <thread>

#include "osler/hub/http.h"
#include "support/environment.h"
#include "support/temporary_folder.h"

namespace osler::hub {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(FILE* file) const { std::fclose(file); }
};

/// A certificate for 127.0.0.1 that only its own file vouches for.
struct SelfSigned {
  SelfSigned() : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    X509* x = certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key.get());
    const unsigned char name[] = "127.0.0.1";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    const std::unique_ptr<X509_EXTENSION, Free> address(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"));
    X509_add_ext(x, address.get(), -1);
    X509_sign(x, key.get(), EVP_sha256());
  }

  void write(const std::filesystem::path& path) const {
    const std::unique_ptr<FILE, Free> file(std::fopen(path.c_str(), "wb"));
    PEM_write_X509(file.get(), certificate.get());
  }

  std::unique_ptr<EVP_PKEY, Free> key;
  std::unique_ptr<X509, Free> certificate;
};

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
  SelfSigned own_;
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
