#include <gtest/gtest.h>

TEST(LlamaServer, SaysTheSameAsTheInProcessEngine) {
  GTEST_SKIP() << "this build has no llama-server: configure with -DOSLER_LLAMA_SERVER=ON, as make test does";
}
