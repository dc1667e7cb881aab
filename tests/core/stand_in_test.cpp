#include "osler/core/stand_in.h"

#include <gtest/gtest.h>

namespace osler {
namespace {

TEST(StandIn, TellsAGitLfsPointerFromOtherText) {
  EXPECT_TRUE(is_lfs_pointer("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"));
  EXPECT_FALSE(is_lfs_pointer("version https://example.org/spec/v1\n"));
  EXPECT_FALSE(is_lfs_pointer("version https://git-lfs"));
  EXPECT_FALSE(is_lfs_pointer(""));
}

TEST(StandIn, TellsAWebPageByItsFirstTag) {
  EXPECT_TRUE(is_web_page("\r\n  <!DOCTYPE HTML>\n<html>"));
  EXPECT_TRUE(is_web_page("<HTML lang=en>"));
  EXPECT_FALSE(is_web_page("<svg>"));
  EXPECT_FALSE(is_web_page("a page with <html>"));
  EXPECT_FALSE(is_web_page(" \n"));
  EXPECT_FALSE(is_web_page(""));
}

}  // namespace
}  // namespace osler
