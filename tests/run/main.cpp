#include <gmock/gmock.h>

#include <string_view>

#include "run/helper.h"

#ifdef __SANITIZE_THREAD__
/// DuckDB comes compiled without the sanitizer, which then cannot see how its threads agree.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:libduckdb.so\n"; }
#endif

/// The tests, or (with --run-helper) the run that a test wants to kill.
int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--run-helper") return osler::test::helper_main(argc, argv);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
