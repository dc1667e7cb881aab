#include "osler/core/base64.h"

#include <gtest/gtest.h>

#include <random>

namespace osler {
namespace {

/// A plain encoder, bit by bit, to compare with.
std::string encode(const std::string& bytes) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : bytes) {
    for (int bit = 7; bit >= 0; --bit) bits += (static_cast<unsigned char>(c) >> bit & 1) != 0 ? '1' : '0';
  }
  while (bits.size() % 6 != 0) bits += '0';
  std::string text;
  for (std::size_t i = 0; i < bits.size(); i += 6) text += digits[std::stoul(bits.substr(i, 6), nullptr, 2)];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string decoded(std::string_view text) { return decode_base64(text).value_or("(error)"); }

TEST(DecodeBase64, TheVectorsOfTheStandardComeBack) {
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
  EXPECT_EQ(decoded("Zm9vYg=="), "foob");
  EXPECT_EQ(decoded("Zm9vYmE="), "fooba");
  EXPECT_EQ(decoded("Zm9vYmFy"), "foobar");
}

TEST(DecodeBase64, RandomBytesOfEveryLengthComeBack) {
  std::mt19937 random(7);
  for (std::size_t size = 1; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    EXPECT_EQ(decoded(encode(bytes)), bytes);
  }
}

TEST(AppendBase64, IsWhatDecodingTakesBack) {
  std::string text = "data:";
  append_base64(text, "foob");
  EXPECT_EQ(text, "data:Zm9vYg==");
  append_base64(text, "");
  EXPECT_EQ(text, "data:Zm9vYg==");
  for (std::size_t size = 1; size < 70; ++size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 37 + size);
    std::string encoded;
    append_base64(encoded, bytes);
    EXPECT_EQ(decode_base64(encoded), bytes) << size;
  }
}

TEST(DecodeBase64, WhiteSpaceAndBackslashesArePassedOver) {
  EXPECT_EQ(decoded(" Zm9\nv\r\n\tYg =\n= "), "foob");
  EXPECT_EQ(decoded("\\/9j\\/"), decoded("/9j/"));
}

TEST(DecodeBase64, AForeignCharacterIsAnErrorAtItsByte) {
  for (const char* text : {"Zm9-", "Zm9_", "Zm9\"", "Zm9\xC3", "Zm9,"}) {
    const auto bytes = decode_base64(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().where.byte, 3U) << text;
  }
  EXPECT_FALSE(decode_base64(std::string_view("Zm9v\0", 5)));
}

TEST(DecodeBase64, WrongPaddingIsAnError) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zm8", "Z===", "Z==", "====", "=",
                           "==", "Zm9v=", "Zm9v==", "Zm9vYmE==", "Zg==Zg==", "Zg=g", "Zh==", "Zm9=", "", " \n"}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(DecodeBase64, WhatIsCutAnywhereIsShorterOrAnError) {
  const std::string bytes = "what a picture may hold";
  const std::string whole = encode(bytes);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto part = decode_base64(std::string_view(whole).substr(0, size));
    EXPECT_EQ(part.has_value(), size > 0 && size % 4 == 0) << size;
    if (part) {
      EXPECT_EQ(*part, bytes.substr(0, size / 4 * 3));
    }
  }
}

}  // namespace
}  // namespace osler
