#include "support/tiny_models.h"

#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>

namespace osler::test {

namespace {

namespace fs = std::filesystem;

/// A folder that no other process has, removed at exit.
class ProcessFolder {
 public:
  ProcessFolder() {
    std::string name = (fs::temp_directory_path() / "osler_tiny_models_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder like " + name);
    path_ = name;
  }
  ~ProcessFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ProcessFolder(const ProcessFolder&) = delete;
  ProcessFolder& operator=(const ProcessFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

TinyModelFiles tiny_model(tiny_vlm::Architecture architecture, tiny_vlm::Voice voice, std::uint64_t seed) {
  static std::mutex mutex;
  static const ProcessFolder folder;
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
