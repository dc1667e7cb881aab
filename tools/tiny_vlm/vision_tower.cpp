#include "tiny_vlm/vision_tower.h"

#include <string>
#include <utility>

#include "tiny_vlm/boxed_voice.h"
#include "tiny_vlm/gguf_file.h"
#include "tiny_vlm/shape.h"

namespace osler::tiny_vlm {

namespace {

using namespace vision_shape;

constexpr float bias_deviation = 0.1F;

std::uint32_t count(std::size_t size) { return static_cast<std::uint32_t>(size); }

/// Adds `<prefix>.weight` and `<prefix>.bias`.
void add_linear(GgufFile& file, const Weights& weights, const std::string& prefix, std::size_t inputs,
                std::size_t outputs) {
  file.add(prefix + ".weight", weights.linear(prefix, inputs, outputs));
  file.add(prefix + ".bias", weights.vector(prefix + ".bias", outputs, bias_deviation));
}

void add_patch_embedding(GgufFile& file, const Weights& weights, const std::string& name, std::size_t side = patch) {
  Matrix kernel = weights.linear(name, side * side * 3, embedding);
  file.add(name, {side, side, 3, embedding}, std::move(kernel.values));
}

void add_layer_norm(GgufFile& file, const std::string& prefix) {
  file.add_ones(prefix + ".weight", embedding);
  file.add(prefix + ".bias", std::vector<float>(embedding, 0.0F));
}

/// The projector's last layer, which speaks the language model's tongue.
void add_projector_end(GgufFile& file, const Weights& weights, std::size_t inputs, Voice voice) {
  Matrix last = weights.linear("mm.2", inputs, text_shape::embedding);
  auto bias = weights.vector("mm.2.bias", text_shape::embedding, bias_deviation);
  if (voice == Voice::boxed) wire_projector(last, bias);
  file.add("mm.2.weight", std::move(last));
  file.add("mm.2.bias", std::move(bias));
}

void add_layer(GgufFile& file, const Weights& weights, std::size_t index, bool qwen) {
  const std::string prefix = "v.blk." + std::to_string(index) + ".";
  for (const char* part : {"attn_q", "attn_k", "attn_v", "attn_out"}) {
    add_linear(file, weights, prefix + part, embedding, embedding);
  }
  for (const char* part : {"ln1", "ln2"}) {
    if (qwen) {
      file.add_ones(prefix + part + ".weight", embedding);
    } else {
      add_layer_norm(file, prefix + part);
    }
  }
  if (qwen) add_linear(file, weights, prefix + "ffn_gate", embedding, feed_forward);
  add_linear(file, weights, prefix + "ffn_up", embedding, feed_forward);
  add_linear(file, weights, prefix + "ffn_down", feed_forward, embedding);
}

void describe_shape(GgufFile& file, std::size_t layers, std::size_t image, std::size_t side = patch) {
  file.set("clip.has_vision_encoder", true);
  file.set("clip.vision.image_size", count(image));
  file.set("clip.vision.patch_size", count(side));
  file.set("clip.vision.embedding_length", count(embedding));
  file.set("clip.vision.feed_forward_length", count(feed_forward));
  file.set("clip.vision.block_count", count(layers));
  file.set("clip.vision.attention.head_count", count(heads));
  file.set("clip.vision.projection_dim", count(text_shape::embedding));
}

/// OpenAI CLIP's, which Qwen2.5-VL and LLaVA share.
void describe_clip_normalisation(GgufFile& file) {
  file.set("clip.vision.image_mean", std::vector<float>{0.48145466F, 0.4578275F, 0.40821073F});
  file.set("clip.vision.image_std", std::vector<float>{0.26862954F, 0.26130258F, 0.27577711F});
}

void describe_qwen(GgufFile& file, const Weights& weights, Voice voice) {
  constexpr std::size_t nominal_image = 560;
  constexpr std::size_t merged = embedding * qwen_merge * qwen_merge;
  file.set("clip.projector_type", "qwen2.5vl_merger");
  file.set("clip.use_silu", true);
  describe_shape(file, qwen_layers, nominal_image);
  describe_clip_normalisation(file);
  file.set("clip.vision.attention.layer_norm_epsilon", 1e-6F);
  file.set("clip.vision.n_wa_pattern", count(qwen_window_pattern));

  // Two kernels, because the real one spans two frames of a film; a still picture goes through both.
  add_patch_embedding(file, weights, "v.patch_embd.weight");
  add_patch_embedding(file, weights, "v.patch_embd.weight.1");
  for (std::size_t i = 0; i < qwen_layers; ++i) add_layer(file, weights, i, true);
  file.add_ones("v.post_ln.weight", embedding);
  add_linear(file, weights, "mm.0", merged, merged);
  add_projector_end(file, weights, merged, voice);
}

void describe_clip(GgufFile& file, const Weights& weights, Voice voice) {
  file.set("clip.projector_type", "mlp");
  file.set("clip.use_gelu", false);  // CLIP's is the quick one, x * sigmoid(1.702 x), llama.cpp's default.
  describe_shape(file, clip_layers, clip_image);
  describe_clip_normalisation(file);
  file.set("clip.vision.attention.layer_norm_epsilon", 1e-5F);

  add_patch_embedding(file, weights, "v.patch_embd.weight");
  file.add("v.class_embd", weights.vector("v.class_embd", embedding, 1));
  file.add("v.position_embd.weight", weights.matrix("v.position_embd", embedding, clip_patches + 1, 0.5F));
  add_layer_norm(file, "v.pre_ln");
  for (std::size_t i = 0; i < clip_layers; ++i) add_layer(file, weights, i, false);
  add_layer_norm(file, "v.post_ln");
  add_linear(file, weights, "mm.0", embedding, text_shape::embedding);
  add_projector_end(file, weights, text_shape::embedding, voice);
}

void describe_siglip(GgufFile& file, const Weights& weights) {
  file.set("clip.use_gelu", true);
  describe_shape(file, siglip_layers, siglip_image, siglip_patch);
  file.set("clip.vision.projector.scale_factor", count(siglip_merge));
  file.set("clip.vision.image_mean", std::vector<float>(3, 0.5F));
  file.set("clip.vision.image_std", std::vector<float>(3, 0.5F));
  file.set("clip.vision.attention.layer_norm_epsilon", 1e-6F);

  add_patch_embedding(file, weights, "v.patch_embd.weight", siglip_patch);
  file.add("v.patch_embd.bias", weights.vector("v.patch_embd.bias", embedding, bias_deviation));
  file.add("v.position_embd.weight", weights.matrix("v.position_embd", embedding, siglip_patches, 0.5F));
  for (std::size_t i = 0; i < siglip_layers; ++i) add_layer(file, weights, i, false);
  add_layer_norm(file, "v.post_ln");
}

/// One matrix behind the mean of 2x2 patches.
void describe_gemma(GgufFile& file, const Weights& weights) {
  file.set("clip.projector_type", "gemma3");
  describe_siglip(file, weights);
  file.add_ones("mm.soft_emb_norm.weight", embedding);
  // It is stored the other way round.
  Matrix projection = weights.linear("mm.input_projection", embedding, text_shape::embedding);
  file.add("mm.input_projection.weight", {text_shape::embedding, embedding}, std::move(projection.values));
}

/// Two layers behind 2x2 patches side by side; it takes pictures of 64 to 256 tokens.
void describe_lfm(GgufFile& file, const Weights& weights) {
  constexpr std::size_t merged = embedding * siglip_merge * siglip_merge;
  file.set("clip.projector_type", "lfm2");
  describe_siglip(file, weights);
  add_linear(file, weights, "mm.1", merged, text_shape::embedding);
  add_linear(file, weights, "mm.2", text_shape::embedding, text_shape::embedding);
}

}  // namespace

void describe_vision_tower(GgufFile& file, const Weights& weights, const TinyVlmOptions& options) {
  file.set("general.architecture", "clip");
  file.set("general.type", "mmproj");
  file.set("general.name", name_of(options));
  file.set("general.file_type", std::uint32_t{0});  // All F32.
  switch (options.architecture) {
    case Architecture::qwen25vl:
      return describe_qwen(file, weights, options.voice);
    case Architecture::llava:
      return describe_clip(file, weights, options.voice);
    case Architecture::gemma3:
      return describe_gemma(file, weights);
    case Architecture::lfm2vl:
      return describe_lfm(file, weights);
  }
}

}  // namespace osler::tiny_vlm
