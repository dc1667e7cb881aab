// A benchmark of make_engine_bench answered with libllama and libmtmd alone, nothing of Osler's: how fast could it be?
//   bare --model M.gguf --mmproj P.gguf --set FOLDER --tokens 4 --mode naive|floor|floor-batch
//   naive        every question from an empty context, in llama-mtmd-cli's order of steps and with its defaults
//   floor        every picture encoded and its prefix prefilled once, the questions one after another from there
//   floor-batch  the same, with all questions of a picture decoded together as branches of the prefix
// Prints seconds by phase as one line of JSON. Loading is left out; reading and decoding the pictures is not.

#include <llama-cpp.h>
#include <mtmd-helper.h>
#include <mtmd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::int32_t kBatch = 2048;

struct Options {
  std::string model, projector, set, mode = "floor", flash_attention = "auto";
  std::int32_t tokens = 4, threads = 0, micro_batch = 512;
  std::uint32_t context = 8192;
};

struct Picture {
  std::string file;
  std::vector<std::string> questions;
};

void need(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

/// items.csv as make_engine_bench writes it: id, picture, question, answer, without quotes; pictures in groups.
std::vector<Picture> read_set(const std::string& folder) {
  std::ifstream table(folder + "/items.csv");
  std::string line;
  need(static_cast<bool>(std::getline(table, line)), "there is no items.csv in " + folder);
  std::vector<Picture> pictures;
  while (std::getline(table, line)) {
    std::istringstream cells(line);
    std::string id, picture, question;
    std::getline(cells, id, ',');
    std::getline(cells, picture, ',');
    std::getline(cells, question, ',');
    const std::string file = folder + "/images/" + picture;
    if (pictures.empty() || pictures.back().file != file) pictures.push_back({file, {}});
    pictures.back().questions.push_back(question);
  }
  return pictures;
}

/// Adds up the seconds of each phase.
class Phases {
 public:
  template <class Work>
  auto timed(const char* phase, Work work) {
    const Stopwatch watch(seconds_[phase]);
    return work();
  }
  [[nodiscard]] const std::map<std::string, double>& seconds() const { return seconds_; }

 private:
  class Stopwatch {
   public:
    explicit Stopwatch(double& sum) : sum_(sum) {}
    ~Stopwatch() { sum_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

   private:
    double& sum_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  };

  std::map<std::string, double> seconds_;
};

/// A batch whose tokens have positions and sequences of their own.
class Batch {
 public:
  explicit Batch(std::int32_t size) : batch_(llama_batch_init(size, 0, 1)) {}
  ~Batch() { llama_batch_free(batch_); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  void clear() { batch_.n_tokens = 0; }
  void add(llama_token token, llama_pos position, llama_seq_id sequence, bool output) {
    need(batch_.n_tokens < kBatch, "the questions of a picture are longer than a batch");
    const auto i = batch_.n_tokens++;
    batch_.token[i] = token;
    batch_.pos[i] = position;
    batch_.n_seq_id[i] = 1;
    batch_.seq_id[i][0] = sequence;
    batch_.logits[i] = static_cast<std::int8_t>(output);
  }
  [[nodiscard]] std::int32_t last() const { return batch_.n_tokens - 1; }
  [[nodiscard]] const llama_batch& get() const { return batch_; }

 private:
  llama_batch batch_;
};

class Bare {
 public:
  explicit Bare(const Options& options) : options_(options) {
    model_.reset(llama_model_load_from_file(options.model.c_str(), llama_model_default_params()));
    need(model_ != nullptr, "the model cannot be loaded");
    vocab_ = llama_model_get_vocab(model_.get());
    const auto flash = options.flash_attention == "on"    ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                       : options.flash_attention == "off" ? LLAMA_FLASH_ATTN_TYPE_DISABLED
                                                          : LLAMA_FLASH_ATTN_TYPE_AUTO;
    auto params = llama_context_default_params();
    params.n_ctx = options.context;
    params.n_batch = kBatch;
    params.n_ubatch = static_cast<std::uint32_t>(options.micro_batch);
    params.n_threads = params.n_threads_batch = options.threads;
    params.flash_attn_type = flash;
    params.n_seq_max = options.mode == "floor-batch" ? 64 : 1;
    params.kv_unified = true;
    context_.reset(llama_init_from_model(model_.get(), params));
    need(context_ != nullptr, "the context cannot be made");
    auto vision = mtmd_context_params_default();
    vision.print_timings = false;
    vision.n_threads = options.threads;
    vision.flash_attn_type = flash;
    projector_.reset(mtmd_init_from_file(options.projector.c_str(), model_.get(), vision));
    need(projector_ != nullptr, "the projector cannot be loaded");
  }

  void answer(const Picture& picture) {
    if (options_.mode == "naive") return answer_naively(picture);
    options_.mode == "floor" ? answer_in_turn(picture) : answer_together(picture);
  }

  [[nodiscard]] const Phases& phases() const { return phases_; }
  [[nodiscard]] std::size_t tokens() const { return tokens_; }
  [[nodiscard]] std::size_t prompt_tokens() const { return prompt_tokens_; }

 private:
  mtmd::bitmap_ptr read(const std::string& file) {
    return phases_.timed("picture", [&] {
      auto read =
          mtmd_helper_bitmap_init_from_file(projector_.get(), file.c_str(), false, mtmd_helper_init_opt_default());
      need(read.bitmap != nullptr, "cannot be read: " + file);
      return mtmd::bitmap_ptr(read.bitmap);
    });
  }

  mtmd::input_chunks_ptr tokenize(const mtmd_bitmap* bitmap, const std::string& question) {
    return phases_.timed("tokenize", [&] {
      const std::string head = "<|im_start|>user\n", tail = question + "<|im_end|>\n<|im_start|>assistant\n";
      const mtmd_input_text before{head.data(), head.size(), false, true}, after{tail.data(), tail.size(), false, true};
      const mtmd_input_part parts[] = {{&before, nullptr}, {nullptr, bitmap}, {&after, nullptr}};
      const mtmd_input_part* pointers[] = {&parts[0], &parts[1], &parts[2]};
      mtmd::input_chunks_ptr chunks(mtmd_input_chunks_init());
      need(mtmd_tokenize_from_parts(projector_.get(), chunks.get(), pointers, 3, true) == 0, "cannot be tokenized");
      return chunks;
    });
  }

  void evaluate(const mtmd_input_chunk* chunk, const char* phase, bool logits) {
    if (mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_TEXT) {
      phases_.timed(phase, [&] {
        need(mtmd_helper_eval_chunk_single(projector_.get(), context_.get(), chunk, past_, 0, kBatch, logits, &past_) ==
                 0,
             "the text cannot be evaluated");
      });
      return;
    }
    phases_.timed("encode", [&] { need(mtmd_encode_chunk(projector_.get(), chunk) == 0, "cannot be encoded"); });
    phases_.timed(phase, [&] {
      need(mtmd_helper_decode_image_chunk(projector_.get(), context_.get(), chunk,
                                          mtmd_get_output_embd(projector_.get()), past_, 0, kBatch, &past_, nullptr,
                                          nullptr) == 0,
           "the picture cannot be evaluated");
    });
  }

  /// All but the last chunk, whatever questions follow.
  void evaluate_prefix(const mtmd_input_chunks* chunks) {
    llama_memory_clear(llama_get_memory(context_.get()), true);
    past_ = 0;
    for (std::size_t i = 0; i + 1 < mtmd_input_chunks_size(chunks); ++i) {
      evaluate(mtmd_input_chunks_get(chunks, i), "prefix", false);
    }
  }

  llama_token best(std::int32_t output) {
    const float* logits = llama_get_logits_ith(context_.get(), output);
    need(logits != nullptr, "there is no output");
    const auto token =
        static_cast<llama_token>(std::max_element(logits, logits + llama_vocab_n_tokens(vocab_)) - logits);
    need(!llama_vocab_is_eog(vocab_, token), "an answer ended early: sides that answer as long cannot be compared");
    ++tokens_;
    return token;
  }

  /// As llama-mtmd-cli, which evaluates the last token too if `last`.
  void generate(bool last) {
    Batch batch(1);
    for (std::int32_t i = 0; i < options_.tokens; ++i) {
      const auto token = best(-1);
      if (i + 1 == options_.tokens && !last) break;
      batch.clear();
      batch.add(token, past_++, 0, true);
      need(llama_decode(context_.get(), batch.get()) == 0, "a token cannot be evaluated");
    }
  }

  void answer_naively(const Picture& picture) {
    for (const auto& question : picture.questions) {
      const auto bitmap = read(picture.file);
      const auto chunks = tokenize(bitmap.get(), question);
      prompt_tokens_ = mtmd_helper_get_n_tokens(chunks.get());
      evaluate_prefix(chunks.get());
      evaluate(mtmd_input_chunks_get(chunks.get(), mtmd_input_chunks_size(chunks.get()) - 1), "question", true);
      phases_.timed("answer", [&] { generate(true); });
    }
  }

  /// The pixels go in with the first question only: for the others their size is enough.
  std::vector<mtmd::input_chunks_ptr> tokenize_all(const Picture& picture) {
    const auto bitmap = read(picture.file);
    const mtmd::bitmap_ptr blank(
        mtmd_bitmap_init(mtmd_bitmap_get_nx(bitmap.get()), mtmd_bitmap_get_ny(bitmap.get()), nullptr));
    std::vector<mtmd::input_chunks_ptr> prompts;
    for (const auto& question : picture.questions) {
      prompts.push_back(tokenize(prompts.empty() ? bitmap.get() : blank.get(), question));
    }
    prompt_tokens_ = mtmd_helper_get_n_tokens(prompts.back().get());
    return prompts;
  }

  static const mtmd_input_chunk* suffix_of(const mtmd::input_chunks_ptr& prompt) {
    return mtmd_input_chunks_get(prompt.get(), mtmd_input_chunks_size(prompt.get()) - 1);
  }

  void answer_in_turn(const Picture& picture) {
    const auto prompts = tokenize_all(picture);
    evaluate_prefix(prompts.front().get());
    const auto prefix = past_;
    for (const auto& prompt : prompts) {
      past_ = prefix;
      llama_memory_seq_rm(llama_get_memory(context_.get()), 0, prefix, -1);
      evaluate(suffix_of(prompt), "question", true);
      phases_.timed("answer", [&] { generate(false); });
    }
  }

  void answer_together(const Picture& picture) {
    const auto prompts = tokenize_all(picture);
    evaluate_prefix(prompts.front().get());
    Batch batch(kBatch);
    std::vector<llama_pos> positions(prompts.size(), past_);
    std::vector<std::int32_t> outputs;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      const auto sequence = static_cast<llama_seq_id>(i + 1);
      llama_memory_seq_cp(llama_get_memory(context_.get()), 0, sequence, -1, -1);
      std::size_t count = 0;
      const llama_token* suffix = mtmd_input_chunk_get_tokens_text(suffix_of(prompts[i]), &count);
      for (std::size_t k = 0; k < count; ++k) batch.add(suffix[k], positions[i]++, sequence, k + 1 == count);
      outputs.push_back(batch.last());
    }
    phases_.timed("question", [&] { need(llama_decode(context_.get(), batch.get()) == 0, "the questions fail"); });
    phases_.timed("answer", [&] {
      for (std::int32_t step = 0; step < options_.tokens; ++step) {
        batch.clear();
        for (std::size_t i = 0; i < prompts.size(); ++i) {
          batch.add(best(outputs[i]), positions[i]++, static_cast<llama_seq_id>(i + 1), true);
        }
        for (std::size_t i = 0; i < prompts.size(); ++i) outputs[i] = static_cast<std::int32_t>(i);
        if (step + 1 < options_.tokens) need(llama_decode(context_.get(), batch.get()) == 0, "a step fails");
      }
    });
  }

  Options options_;
  llama_model_ptr model_;
  llama_context_ptr context_;
  mtmd::context_ptr projector_;
  const llama_vocab* vocab_ = nullptr;
  llama_pos past_ = 0;
  Phases phases_;
  std::size_t tokens_ = 0;
  std::size_t prompt_tokens_ = 0;
};

int run(int argc, char** argv) {
  Options options;
  options.threads = static_cast<std::int32_t>(std::max(1U, std::thread::hardware_concurrency()));
  CLI::App app("Answers a benchmark of make_engine_bench with libllama and libmtmd alone.");
  app.add_option("--model", options.model)->required()->check(CLI::ExistingFile);
  app.add_option("--mmproj", options.projector)->required()->check(CLI::ExistingFile);
  app.add_option("--set", options.set)->required()->check(CLI::ExistingDirectory);
  app.add_option("--mode", options.mode)->check(CLI::IsMember({"naive", "floor", "floor-batch"}));
  app.add_option("--tokens", options.tokens)->check(CLI::Range(1, 4096));
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 1024));
  app.add_option("--context", options.context)->check(CLI::Range(256, 1 << 20));
  app.add_option("--micro-batch", options.micro_batch)->check(CLI::Range(1, 2048));
  app.add_option("--flash-attention", options.flash_attention)->check(CLI::IsMember({"auto", "on", "off"}));
  CLI11_PARSE(app, argc, argv);

  const auto quiet = [](ggml_log_level level, const char* text, void*) {
    if (level == GGML_LOG_LEVEL_ERROR) std::cerr << text;
  };
  mtmd_helper_log_set(quiet, nullptr);
  llama_log_set(quiet, nullptr);
  const auto pictures = read_set(options.set);
  Bare bare(options);
  std::size_t questions = 0;
  const auto start = std::chrono::steady_clock::now();
  for (const auto& picture : pictures) {
    bare.answer(picture);
    questions += picture.questions.size();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << "{\"mode\": \"" << options.mode << "\", \"seconds\": " << seconds.count()
            << ", \"questions\": " << questions << ", \"tokens\": " << bare.tokens()
            << ", \"prompt_tokens\": " << bare.prompt_tokens() << ", \"phases\": {";
  const char* separator = "";
  for (const auto& [phase, sum] : bare.phases().seconds()) {
    std::cout << separator << '"' << phase << "\": " << sum;
    separator = ", ";
  }
  std::cout << "}}\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "bare: " << problem.what() << '\n';
    return 1;
  }
}
