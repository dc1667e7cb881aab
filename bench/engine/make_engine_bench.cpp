// Makes what bench/engine/compare.py measures with: a model of random weights and a benchmark for it.
//   build/release/bin/make_engine_bench model --shape middling --projector f16 FOLDER
//   build/release/bin/make_engine_bench questions --images 4 --questions 11 FOLDER

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "engine/made_model.h"
#include "engine/made_questions.h"

namespace {

namespace bench = osler::engine_bench;

int run(int argc, char** argv) {
  std::string shape = "middling", projector = "f16", folder;
  std::size_t images = 4, questions = 11;
  CLI::App app("Makes a model of random weights, or a benchmark for it, to measure engines with.");
  app.require_subcommand(1);
  auto* model = app.add_subcommand("model", "A model built like Qwen2.5-VL");
  model->add_option("--shape", shape, "Its size")->check(CLI::IsMember({"small", "middling", "3b"}));
  model->add_option("--projector", projector, "Numbers of the projector")->check(CLI::IsMember({"f16", "bf16"}));
  model->add_option("FOLDER", folder, "Where to")->required();
  auto* set = app.add_subcommand("questions", "Pictures and questions in SLAKE's proportions");
  set->add_option("--images", images, "How many pictures")->check(CLI::Range(1, 100'000));
  set->add_option("--questions", questions, "How many questions on each")->check(CLI::Range(1, 1000));
  set->add_option("FOLDER", folder, "Where to")->required();
  CLI11_PARSE(app, argc, argv);

  osler::Status status;
  if (model->parsed()) {
    const auto made =
        bench::write_model(*bench::shape_of(shape), projector == "bf16" ? GGML_TYPE_BF16 : GGML_TYPE_F16, folder);
    if (made) std::cout << made->model.string() << '\n' << made->projector.string() << '\n';
    if (!made) status = osler::pass(made);
  } else {
    status = bench::write_questions(images, questions, folder);
  }
  if (!status) std::cerr << "make_engine_bench: " << status.error().message() << '\n';
  return status ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "make_engine_bench: " << problem.what() << '\n';
    return 1;
  }
}
