#include "engine/made_model.h"

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>
#include <vector>

#include "tiny_vlm/gguf_file.h"
#include "tiny_vlm/tiny_vlm.h"
#include "tiny_vlm/vocabulary.h"
#include "tiny_vlm/weights.h"

namespace osler::engine_bench {
namespace {

namespace fs = std::filesystem;
using tiny_vlm::GgufFile;
using tiny_vlm::Vocabulary;
using tiny_vlm::Weights;

constexpr float kBiasDeviation = 0.1F;
constexpr float kCalm = 0.25F;  ///< What a layer adds to the stream, beside what it gets.
constexpr float kFocus = 2;     ///< Of queries and keys: attention falls on few tokens, so that answers differ.
constexpr float kLogitSpread = 3.0F;
constexpr std::size_t kPatch = 14;
constexpr std::size_t kMerged = 4;  ///< Patches that become one token.

std::uint32_t count(std::size_t size) { return static_cast<std::uint32_t>(size); }

/// Adds random tensors to a file, each in its own number format.
class Filler {
 public:
  Filler(GgufFile& file, const Weights& weights) : file_(file), weights_(weights) {}

  /// `faint` rows are a hundredth of the others (not zeros, which have no norm: llama.cpp v0.5.0 reads no epsilon for
  /// qwen2vl). Rows are encoded some at a time: in F32 the embeddings of a 3B model take 1.2 GB.
  void matrix(const std::string& name, const std::vector<std::size_t>& shape, ggml_type type, float deviation,
              const std::vector<std::size_t>& faint = {}) {
    const std::size_t columns = shape.front();
    std::size_t rows = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) rows *= shape[i];
    std::vector<std::byte> encoded(ggml_row_size(type, static_cast<std::int64_t>(columns)) * rows);
    std::vector<float> row(columns);
    auto random = weights_.stream(name);
    for (std::size_t i = 0; i < rows; ++i) {
      const bool is_faint = std::binary_search(faint.begin(), faint.end(), i);
      for (float& value : row) value = (is_faint ? 0.01F : 1.0F) * deviation * random.next_unit();
      ggml_quantize_chunk(type, row.data(), encoded.data() + i * (encoded.size() / rows), 0, 1,
                          static_cast<std::int64_t>(columns), nullptr);
    }
    file_.add(name, shape, type, std::move(encoded));
  }

  void linear(const std::string& name, std::size_t inputs, std::size_t outputs, ggml_type type, float gain) {
    matrix(name, {inputs, outputs}, type, gain / std::sqrt(static_cast<float>(inputs)));
  }

  void bias(const std::string& name, std::size_t size) { file_.add(name, weights_.vector(name, size, kBiasDeviation)); }

  void ones(const std::string& name, std::size_t size) { file_.add_ones(name, size); }

 private:
  GgufFile& file_;
  const Weights& weights_;
};

void name_file(GgufFile& file, const std::string& architecture, const std::string& type, const std::string& name,
               std::uint32_t file_type) {
  file.set("general.architecture", architecture);
  file.set("general.type", type);
  file.set("general.name", name);
  file.set("general.description", "Made-up weights for measurements; it knows nothing");
  file.set("general.file_type", file_type);
}

void describe_text(GgufFile& file, const Shape::Text& text) {
  file.set("qwen2vl.context_length", std::uint32_t{32'768});
  file.set("qwen2vl.embedding_length", count(text.embedding));
  file.set("qwen2vl.block_count", count(text.layers));
  file.set("qwen2vl.feed_forward_length", count(text.feed_forward));
  file.set("qwen2vl.attention.head_count", count(text.heads));
  file.set("qwen2vl.attention.head_count_kv", count(text.kv_heads));
  file.set("qwen2vl.rope.dimension_count", count(text.embedding / text.heads));
  file.set("qwen2vl.attention.layer_norm_rms_epsilon", 1e-6F);
  file.set("qwen2vl.rope.freq_base", 1'000'000.0F);
  file.set("qwen2vl.rope.dimension_sections",
           std::vector<std::int32_t>{text.rope_sections[0], text.rope_sections[1], text.rope_sections[2], 0});
}

void fill_text(Filler& filler, const Shape::Text& text, const Vocabulary& vocabulary) {
  constexpr ggml_type type = GGML_TYPE_Q4_0;
  const std::size_t kv = text.embedding / text.heads * text.kv_heads;
  // Rows that are no multiple of 256 cannot be Q6_K: llama.cpp's own quantiser takes Q8_0 for them.
  const bool fits = text.embedding % static_cast<std::size_t>(ggml_blck_size(GGML_TYPE_Q6_K)) == 0;
  filler.matrix("token_embd.weight", {text.embedding, vocabulary.size()}, fits ? GGML_TYPE_Q6_K : GGML_TYPE_Q8_0,
                kLogitSpread / std::sqrt(static_cast<float>(text.embedding)), vocabulary.control_tokens());
  for (std::size_t i = 0; i < text.layers; ++i) {
    const std::string prefix = "blk." + std::to_string(i) + ".";
    filler.ones(prefix + "attn_norm.weight", text.embedding);
    for (const auto& [part, outputs] : {std::pair{"attn_q", text.embedding}, {"attn_k", kv}, {"attn_v", kv}}) {
      const bool compared = std::string_view(part) != "attn_v";
      filler.linear(prefix + part + ".weight", text.embedding, outputs, type, compared ? kFocus : 1);
      filler.bias(prefix + part + ".bias", outputs);
    }
    filler.linear(prefix + "attn_output.weight", text.embedding, text.embedding, type, 1);
    filler.ones(prefix + "ffn_norm.weight", text.embedding);
    filler.linear(prefix + "ffn_gate.weight", text.embedding, text.feed_forward, type, 1);
    filler.linear(prefix + "ffn_up.weight", text.embedding, text.feed_forward, type, 1);
    filler.linear(prefix + "ffn_down.weight", text.feed_forward, text.embedding, type, kCalm);
  }
  filler.ones("output_norm.weight", text.embedding);
}

void describe_vision(GgufFile& file, const Shape& shape) {
  file.set("clip.has_vision_encoder", true);
  file.set("clip.projector_type", "qwen2.5vl_merger");
  file.set("clip.use_silu", true);
  file.set("clip.vision.image_size", std::uint32_t{560});
  file.set("clip.vision.patch_size", count(kPatch));
  file.set("clip.vision.embedding_length", count(shape.vision.embedding));
  file.set("clip.vision.feed_forward_length", count(shape.vision.feed_forward));
  file.set("clip.vision.block_count", count(shape.vision.layers));
  file.set("clip.vision.attention.head_count", count(shape.vision.heads));
  file.set("clip.vision.attention.layer_norm_epsilon", 1e-6F);
  file.set("clip.vision.projection_dim", count(shape.text.embedding));
  file.set("clip.vision.n_wa_pattern", count(shape.vision.window_pattern));
  file.set("clip.vision.image_mean", std::vector<float>{0.48145466F, 0.4578275F, 0.40821073F});
  file.set("clip.vision.image_std", std::vector<float>{0.26862954F, 0.26130258F, 0.27577711F});
}

void fill_vision(Filler& filler, const Shape& shape, ggml_type type) {
  const Shape::Vision& vision = shape.vision;
  const auto add = [&](const std::string& prefix, std::size_t inputs, std::size_t outputs, float gain) {
    filler.linear(prefix + ".weight", inputs, outputs, type, gain);
    filler.bias(prefix + ".bias", outputs);
  };
  // As the converter does: the patch kernels in F16 in a file of F16, else in F32.
  const ggml_type kernel = type == GGML_TYPE_F16 ? type : GGML_TYPE_F32;
  const float kernel_deviation = 1.0F / std::sqrt(static_cast<float>(2 * 3 * kPatch * kPatch));
  for (const char* name : {"v.patch_embd.weight", "v.patch_embd.weight.1"}) {
    filler.matrix(name, {kPatch, kPatch, 3, vision.embedding}, kernel, kernel_deviation);
  }
  for (std::size_t i = 0; i < vision.layers; ++i) {
    const std::string prefix = "v.blk." + std::to_string(i) + ".";
    for (const char* part : {"attn_q", "attn_k", "attn_v"}) add(prefix + part, vision.embedding, vision.embedding, 1);
    add(prefix + "attn_out", vision.embedding, vision.embedding, kCalm);
    for (const char* part : {"ln1.weight", "ln2.weight"}) filler.ones(prefix + part, vision.embedding);
    add(prefix + "ffn_gate", vision.embedding, vision.feed_forward, 1);
    add(prefix + "ffn_up", vision.embedding, vision.feed_forward, 1);
    add(prefix + "ffn_down", vision.feed_forward, vision.embedding, kCalm);
  }
  filler.ones("v.post_ln.weight", vision.embedding);
  add("mm.0", kMerged * vision.embedding, kMerged * vision.embedding, 1);
  add("mm.2", kMerged * vision.embedding, shape.text.embedding, 1);
}

}  // namespace

const Shape* shape_of(std::string_view name) {
  const auto* found =
      std::find_if(shapes.begin(), shapes.end(), [&](const Shape& shape) { return shape.name == name; });
  return found == shapes.end() ? nullptr : found;
}

Result<MadeModel> write_model(const Shape& shape, ggml_type projector_type, const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) return fail(ErrorCode::io, "cannot be made: " + problem.message(), {folder.string()});
  const Weights weights(1);
  const std::string name = "bench-" + std::string(shape.name);
  const std::string projector_name = "mmproj-" + name + (projector_type == GGML_TYPE_BF16 ? "-bf16" : "-f16");
  MadeModel made{folder / (name + ".gguf"), folder / (projector_name + ".gguf")};
  {
    const Vocabulary vocabulary(shape.text.vocabulary);
    GgufFile file;
    name_file(file, "qwen2vl", "model", name, 2);  // Mostly Q4_0.
    describe_text(file, shape.text);
    vocabulary.describe(file, tiny_vlm::Architecture::qwen25vl);
    Filler filler(file, weights);
    fill_text(filler, shape.text, vocabulary);
    if (auto status = file.write(made.model); !status) return pass(status);
  }
  GgufFile file;
  name_file(file, "clip", "mmproj", projector_name, projector_type == GGML_TYPE_BF16 ? 32 : 1);
  describe_vision(file, shape);
  Filler filler(file, weights);
  fill_vision(filler, shape, projector_type);
  if (auto status = file.write(made.projector); !status) return pass(status);
  return made;
}

}  // namespace osler::engine_bench
