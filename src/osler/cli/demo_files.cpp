#include "osler/cli/demo_files.h"

#include "osler/cli/counter.h"
#include "osler/core/embedded.h"
#include "osler/phantom/benchmark.h"
#include "osler/storage/files.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

Status unpack_models(const fs::path& folder) {
  if (auto made = make_writable_folder(folder); !made) return made;
  for (const auto& file : embedded::phantom_models()) {
    if (auto written = write_file_atomically(folder / file.name, file.bytes); !written) return written;
  }
  return {};
}

Status draw_phantom(const fs::path& folder, std::uint64_t seed, std::uint64_t images) {
  Counter counter("drawing the phantom", "images");
  auto status = phantom::generate({seed, images, folder}, [&](std::uint64_t done) { counter.show(done, images); });
  counter.finish();
  return status;
}

}  // namespace

DemoFiles demo_files(const fs::path& folder) {
  DemoFiles files{folder / "phantom" / "phantom.yaml", folder / "phantom", {}};
  for (const auto& file : embedded::phantom_models()) {
    const fs::path name(file.name);
    // A projector is found beside its model.
    if (!name.filename().string().starts_with("mmproj")) files.models[name.stem().string()] = folder / "models" / name;
  }
  return files;
}

Status write_demo_files(const fs::path& folder, std::uint64_t seed, std::uint64_t images) {
  if (auto status = unpack_models(folder / "models"); !status) return status;
  return draw_phantom(folder / "phantom", seed, images);
}

}  // namespace osler::cli
