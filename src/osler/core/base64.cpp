#include "osler/core/base64.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

namespace osler {
namespace {

constexpr std::uint8_t kPassedOver = 254;
constexpr std::uint8_t kPadding = 253;
constexpr std::uint8_t kWrong = 255;

/// What each byte stands for: 0..63, or one of the above.
constexpr std::array<std::uint8_t, 256> values() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kWrong);
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    table[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  for (const char c : std::string_view(" \t\r\n\f\v\\")) table[static_cast<unsigned char>(c)] = kPassedOver;
  table[static_cast<unsigned char>('=')] = kPadding;
  return table;
}

constexpr auto kValues = values();

tl::unexpected<Error> failure(std::size_t at, std::string what) {
  Place place;
  place.byte = at;
  return fail(ErrorCode::malformed, std::move(what), std::move(place), "fetch or copy the file again");
}

}  // namespace

Result<std::string> decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(text[i])];
    if (value == kPassedOver) continue;
    if (value == kWrong) return failure(i, "holds a character that base64 does not have");
    if (value == kPadding) {
      if (++padding > 2 || (digits + padding) % 4 == 1) return failure(i, "has '=' where base64 has none");
      continue;
    }
    if (padding > 0) return failure(i, "goes on after the end of its base64");
    bits = bits << 6U | value;
    if (++digits % 4 == 0) {
      out += static_cast<char>(bits >> 16U & 0xFFU);
      out += static_cast<char>(bits >> 8U & 0xFFU);
      out += static_cast<char>(bits & 0xFFU);
    }
  }
  if (digits == 0) return failure(0, "holds no base64");
  if ((digits + padding) % 4 != 0) return failure(text.size(), "breaks off within its base64");
  if (padding == 1) {
    if ((bits & 3U) != 0) return failure(text.size(), "ends in bits that base64 does not have");
    out += static_cast<char>(bits >> 10U & 0xFFU);
    out += static_cast<char>(bits >> 2U & 0xFFU);
  } else if (padding == 2) {
    if ((bits & 15U) != 0) return failure(text.size(), "ends in bits that base64 does not have");
    out += static_cast<char>(bits >> 4U & 0xFFU);
  }
  return out;
}

void append_base64(std::string& text, std::string_view bytes) {
  // OpenSSL counts in int, and ends what it writes with a zero.
  constexpr std::size_t kAtOnce = std::size_t{3} << 24U;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kAtOnce);
    const std::size_t start = text.size();
    text.resize(start + (part.size() + 2) / 3 * 4 + 1);
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data() + start),
                    reinterpret_cast<const unsigned char*>(part.data()), static_cast<int>(part.size()));
    text.pop_back();
    bytes.remove_prefix(part.size());
  }
}

}  // namespace osler
