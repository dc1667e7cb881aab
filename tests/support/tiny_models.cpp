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

void put_model_and_slices(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto files = tiny_model(tiny_vlm::Architecture::qwen25vl, tiny_vlm::Voice::boxed);
  fs::copy(files.model, folder / "model.gguf");
  fs::copy(files.mmproj, folder / "mmproj-model.gguf");
  fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/slices", folder / "data", fs::copy_options::recursive);
}

std::vector<std::tuple<tiny_vlm::Architecture, tiny_vlm::Voice>> every_tiny_model() {
  std::vector<std::tuple<tiny_vlm::Architecture, tiny_vlm::Voice>> all;
  for (const auto architecture : tiny_vlm::kArchitectures) {
    for (const auto voice : {tiny_vlm::Voice::random, tiny_vlm::Voice::boxed}) {
      if (tiny_vlm::has_voice(architecture, voice)) all.emplace_back(architecture, voice);
    }
  }
  return all;
}

std::string test_name(tiny_vlm::Architecture architecture) {
  std::string name(tiny_vlm::name_of(architecture));
  std::erase(name, '.');
  return name;
}

}  // namespace osler::test
