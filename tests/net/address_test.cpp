#include "osler/net/address.h"

#include <gtest/gtest.h>

namespace osler {
namespace {

TEST(PercentEncoded, LeavesOnlyPlainCharacters) {
  EXPECT_EQ(percent_encoded("a b/(1)%?#&+\xc3\xa9~.-_", Slashes::keep), "a%20b/%281%29%25%3F%23%26%2B%C3%A9~.-_");
  EXPECT_EQ(percent_encoded("refs/convert", Slashes::encode), "refs%2Fconvert");
}

TEST(HostOf, IsTheHostWithAPortThatIsNamed) {
  EXPECT_EQ(host_of("http://127.0.0.1:8000/v1"), "127.0.0.1:8000");
  EXPECT_EQ(host_of("https://example.org/v1"), "example.org");
  EXPECT_EQ(host_of("http://[::1]:80/"), "[::1]:80");
}

TEST(HostOf, IsEmptyForWhatIsNoPlainAddressOfTheWeb) {
  for (const auto* url : {"", "example", "ftp://example.org", "file:///etc", "http://", "http://a:b@c", "http://a@c",
                          "http://a b/", "http://example.org:99999/"}) {
    EXPECT_EQ(host_of(url), "") << url;
  }
}

TEST(IsLoopback, KnowsThisMachineByItsOwnAddresses) {
  for (const auto* url : {"http://localhost:8000/v1", "http://127.0.0.1", "https://127.8.9.10:1/", "http://[::1]:8000",
                          "http://LOCALHOST/", "http://127.1:80/"}) {
    EXPECT_TRUE(is_loopback(url)) << url;
  }
}

TEST(IsLoopback, IsNotTakenInByNamesThatLookAlike) {
  for (const auto* url : {"http://localhost.example.org", "http://127.0.0.1.example.org", "http://128.0.0.1",
                          "http://10.0.0.1", "http://gpu7:8000", "http://[::2]", "http://[fe80::1]", "",
                          "http://127.0.0.1@example.org", "http://example.org/127.0.0.1"}) {
    EXPECT_FALSE(is_loopback(url)) << url;
  }
}

TEST(IsEncrypted, IsHttpsAlone) {
  EXPECT_TRUE(is_encrypted("https://example.org"));
  EXPECT_TRUE(is_encrypted("HTTPS://example.org"));
  EXPECT_FALSE(is_encrypted("http://example.org"));
  EXPECT_FALSE(is_encrypted("https"));
}

}  // namespace
}  // namespace osler
