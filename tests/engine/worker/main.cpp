// The tests' workers are this binary too: a worker engine starts its own program with "worker".
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "engine/worker/support.h"
#include "osler/engine/worker/child_process.h"
#include "osler/engine/worker/worker_process.h"

int main(int argc, char** argv) {
  using namespace osler;
  if (argc == 3 && std::string_view(argv[1]) == "worker") {
    if (!bind_to_parent(std::atoi(argv[2]), kWorkerSocket)) return 1;
    run_worker(kWorkerSocket, [](const messages::Open& order, const std::function<bool(float)>& progress) {
      test::load_slowly(progress);
      return Result<std::unique_ptr<Engine>>(test::scripted_engine(order.options));
    });
    return 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
