#include "osler/engine/llama/model_parts.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "osler/core/hash.h"
#include "osler/storage/file_hash.h"

namespace osler {
namespace {

constexpr std::string_view kFirst = "-00001-of-";
constexpr std::size_t kDigits = 5;

/// How many parts a model has, by the name of its first one; 1 if that has no part number.
unsigned part_count(std::string_view stem) {
  if (stem.size() < kFirst.size() + kDigits) return 1;
  const auto end = stem.substr(stem.size() - kFirst.size() - kDigits);
  if (!end.starts_with(kFirst)) return 1;
  const auto digits = end.substr(kFirst.size());
  unsigned count = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + kDigits, count);
  return problem == std::errc() && stop == digits.data() + kDigits && count > 0 ? count : 1;
}

}  // namespace

std::string model_name(const std::filesystem::path& model) {
  std::string stem = model.stem().string();
  if (part_count(stem) > 1) stem.resize(stem.size() - kFirst.size() - kDigits);
  return stem;
}

std::vector<std::filesystem::path> model_parts(const std::filesystem::path& model) {
  const unsigned count = part_count(model.stem().string());
  if (count == 1) return {model};
  std::vector<std::filesystem::path> parts;
  for (unsigned part = 1; part <= count; ++part) {
    parts.push_back(model.parent_path() / fmt::format("{}-{:05}-of-{:05}.gguf", model_name(model), part, count));
  }
  return parts;
}

Result<std::string> model_sha256(const std::filesystem::path& model,
                                 const std::function<void(std::uint64_t done, std::uint64_t total)>& progress) {
  const auto parts = model_parts(model);
  if (parts.size() == 1) return cached_sha256_of_file(model, progress);
  std::string hashes;
  for (const auto& part : parts) {
    const auto hash = cached_sha256_of_file(part, progress);
    if (!hash) return pass(hash);
    hashes += *hash + "\n";
  }
  return sha256_hex(hashes);
}

}  // namespace osler
