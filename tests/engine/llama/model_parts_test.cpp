#include "osler/engine/llama/model_parts.h"

#include <gmock/gmock.h>

#include <fstream>

#include "osler/core/hash.h"
#include "support/temporary_folder.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ModelParts, AreNamedByTheFirst) {
  EXPECT_THAT(model_parts("d/m-00001-of-00003.gguf"),
              ElementsAre("d/m-00001-of-00003.gguf", "d/m-00002-of-00003.gguf", "d/m-00003-of-00003.gguf"));
  EXPECT_EQ(model_name("d/m-Q8_0-00001-of-00003.gguf"), "m-Q8_0");
}

TEST(ModelParts, AFileThatIsNotTheFirstOfSeveralStandsAlone) {
  for (const fs::path one : {"m.gguf", "m-00002-of-00003.gguf", "m-00001-of-00000.gguf", "m-00001-of-0000x.gguf",
                             "m-00001-of-00001.gguf", "1-of-00003.gguf"}) {
    EXPECT_THAT(model_parts(one), ElementsAre(one));
    EXPECT_EQ(model_name(one), one.stem().string());
  }
}

TEST(ModelParts, TheHashCoversAllOfThem) {
  const test::TemporaryFolder folder;
  const auto first = folder.path() / "m-00001-of-00002.gguf";
  std::ofstream(first) << "a";
  const auto lacking = model_sha256(first);
  ASSERT_FALSE(lacking);
  EXPECT_THAT(lacking.error().message(), HasSubstr("m-00002-of-00002.gguf"));
  std::ofstream(folder.path() / "m-00002-of-00002.gguf") << "b";
  EXPECT_EQ(model_sha256(first).value(), sha256_hex(sha256_hex("a") + "\n" + sha256_hex("b") + "\n"));
  std::ofstream(folder.path() / "m.gguf") << "a";
  EXPECT_EQ(model_sha256(folder.path() / "m.gguf").value(), sha256_hex("a"));
}

}  // namespace
}  // namespace osler
