#include <fmt/format.h>

#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/counter.h"
#include "osler/phantom/benchmark.h"

namespace osler::cli {
namespace {

int generate(const phantom::Options& options) {
  Counter counter("drawing the phantom", "images");
  const auto status = phantom::generate(options, [&](std::uint64_t done) { counter.show(done, options.images); });
  counter.finish();
  if (!status) return complain(status.error());
  note(
      fmt::format("{} images with {} questions each are in {}. Ask a model about them:\n"
                  "  osler run --model MODEL.gguf --benchmark {} --data {}",
                  options.images, phantom::kQuestionsPerPicture, options.folder.string(),
                  (options.folder / "phantom.yaml").string(), options.folder.string()));
  return kDone;
}

void add_generate_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("generate", "Draw a benchmark whose truth is known");
  auto options = std::make_shared<phantom::Options>();
  auto folder = std::make_shared<std::string>();
  add_seed_option(*command, options->seed, "Another seed draws other patients")->capture_default_str();
  command->add_option("-n,--images", options->images, "Number of images; multiples of 20 are balanced exactly")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{1}, phantom::kMostPictures));
  command->add_option("-o,--out", *folder, "Folder for card, questions, truth and images")->required();
  command->footer(
      "Writes phantom.yaml (the card), items.jsonl (8 questions an image), truth.jsonl (every lesion) and "
      "images/*.png.\n"
      "The same seed and number write the same bytes.\n\n"
      "Example:\n  osler phantom generate --seed 7 --images 100 --out phantom-7");
  command->callback([&action, options, folder] {
    action = [options, folder] {
      options->folder = *folder;
      return generate(*options);
    };
  });
}

}  // namespace

void add_phantom_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("phantom", "A benchmark of drawn images with known truth, to check the whole way");
  command->require_subcommand(1);
  command->footer("Example:\n  osler phantom generate --seed 7 --images 100 --out phantom-7");
  add_generate_command(*command, action);
}

}  // namespace osler::cli
