#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <string>

#include "tiny_vlm/tiny_vlm.h"

namespace {

int run(int argc, char** argv) {
  namespace tiny = osler::tiny_vlm;
  tiny::TinyVlmOptions options;
  std::string architecture(tiny::name_of(options.architecture));
  std::string voice(tiny::name_of(options.voice));
  std::string folder = ".";

  CLI::App app("Makes a tiny vision-language model with made-up weights, as a GGUF pair that llama.cpp runs.",
               "osler-tiny-vlm");
  app.add_option("--architecture", architecture, "What it is built like")
      ->check(CLI::IsMember({"qwen2.5vl", "llava", "gemma3", "lfm2vl"}))
      ->capture_default_str();
  app.add_option("--voice", voice, "random: babble; boxed: answers like \\boxed{C} (qwen2.5vl and llava)")
      ->check(CLI::IsMember({"random", "boxed"}))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Equal seeds give equal bytes")->capture_default_str();
  app.add_option("--context-length", options.context_length, "Tokens that the model says it can hold")
      ->check(CLI::Range(256U, 1U << 20U))
      ->capture_default_str();
  app.add_option("--output", folder, "Folder for the two files; made if it is not there")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }

  options.architecture = tiny::architecture_of(architecture).value();
  options.voice = tiny::voice_of(voice).value();
  const auto files = tiny::write_tiny_vlm(options, folder);
  if (!files) {
    std::cerr << "osler-tiny-vlm: " << files.error().message() << '\n';
    return 1;
  }
  std::cout << files->model.string() << '\n' << files->mmproj.string() << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "osler-tiny-vlm: " << problem.what() << '\n';
    return 1;
  }
}
