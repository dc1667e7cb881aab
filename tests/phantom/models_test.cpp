// The trained files are in the repository; what lies there is what was trained and measured.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "osler/core/hash.h"
#include "osler/storage/files.h"

namespace osler::phantom {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(OSLER_SOURCE_DIR) / "models" / "phantom";

/// As sha256sum writes them: hash, two blanks, name.
std::map<std::string, std::string> stated_hashes() {
  std::map<std::string, std::string> hashes;
  std::ifstream file(kFolder / "SHA256SUMS");
  std::string hash;
  std::string name;
  while (file >> hash >> name) hashes[name] = hash;
  return hashes;
}

TEST(PhantomModels, AreTheFilesThatTheirHashesName) {
  const auto hashes = stated_hashes();
  EXPECT_EQ(hashes.size(), 4U);
  for (const auto& [name, hash] : hashes) {
    const auto bytes = read_file(kFolder / name);
    ASSERT_TRUE(bytes) << bytes.error().message();
    EXPECT_EQ(sha256_hex(*bytes), hash) << name << ": if it was trained again, measure it again and write SHA256SUMS";
  }
}

TEST(PhantomModels, AreAllNamedAndSmallEnoughToShip) {
  const auto hashes = stated_hashes();
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".gguf") continue;
    EXPECT_TRUE(hashes.contains(entry.path().filename().string())) << entry.path();
    bytes += entry.file_size();
  }
  EXPECT_LE(bytes, 12'000'000U);
}

}  // namespace
}  // namespace osler::phantom
