#include "support/tiny_models.h"

#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>

#include "support/temporary_folder.h"

namespace osler::test {

TinyModelFiles tiny_model(tiny_vlm::Architecture architecture, tiny_vlm::Voice voice, std::uint64_t seed) {
  static std::mutex mutex;
  static const TemporaryFolder folder;
  static std::map<std::string, TinyModelFiles> made;

  const tiny_vlm::TinyVlmOptions options{.architecture = architecture, .voice = voice, .seed = seed};
  const std::lock_guard lock(mutex);
  // A failed assertion in ggml would start a debugger for the backtrace and take seconds to die.
  setenv("GGML_NO_BACKTRACE", "1", /*overwrite=*/0);
  const auto name = tiny_vlm::name_of(options);
  if (const auto found = made.find(name); found != made.end()) return found->second;
  const auto files = tiny_vlm::write_tiny_vlm(options, folder.path());
  if (!files) throw std::runtime_error(files.error().message());
  return made.emplace(name, *files).first->second;
}

}  // namespace osler::test
