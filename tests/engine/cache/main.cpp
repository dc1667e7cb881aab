#include <gmock/gmock.h>

#include <string_view>

#include "engine/cache/support.h"

/// The tests, or (with --fill-cache) a process that writes beside others.
int main(int argc, char** argv) {
  if (argc > 5 && std::string_view(argv[1]) == "--fill-cache") return osler::test::filler_main(argv);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
