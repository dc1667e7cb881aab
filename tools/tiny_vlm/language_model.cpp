#include "tiny_vlm/language_model.h"

#include <string>
#include <utility>

#include "tiny_vlm/gguf_file.h"

namespace osler::tiny_vlm {

namespace {

using namespace text_shape;

Block random_block(const Weights& weights, const std::string& prefix) {
  constexpr std::size_t kv = head * kv_heads;
  constexpr float bias_deviation = 0.1F;
  return {
      .query = weights.linear(prefix + "attn_q", embedding, embedding),
      .key = weights.linear(prefix + "attn_k", embedding, kv),
      .value = weights.linear(prefix + "attn_v", embedding, kv),
      .attention_out = weights.linear(prefix + "attn_output", embedding, embedding),
      .query_bias = weights.vector(prefix + "attn_q.bias", embedding, bias_deviation),
      .key_bias = weights.vector(prefix + "attn_k.bias", kv, bias_deviation),
      .value_bias = weights.vector(prefix + "attn_v.bias", kv, bias_deviation),
      .gate = weights.linear(prefix + "ffn_gate", embedding, feed_forward),
      .up = weights.linear(prefix + "ffn_up", embedding, feed_forward),
      .down = weights.linear(prefix + "ffn_down", feed_forward, embedding),
  };
}

std::uint32_t count(std::size_t size) { return static_cast<std::uint32_t>(size); }

/// As llama.cpp names it.
std::string text_architecture(Architecture architecture) {
  switch (architecture) {
    case Architecture::qwen25vl:
      return "qwen2vl";
    case Architecture::llava:
      return "llama";
    case Architecture::gemma3:
      return "gemma3";
    case Architecture::lfm2vl:
      return "lfm2";
  }
  return "";
}

/// LFM2's layers are convolutions but for a few; here the first is.
bool is_convolution(Architecture architecture, std::size_t layer) {
  return architecture == Architecture::lfm2vl && layer == 0;
}

void describe_key_heads(GgufFile& file, const std::string& key, Architecture architecture) {
  if (architecture != Architecture::lfm2vl) return file.set(key, count(kv_heads));
  std::vector<std::int32_t> by_layer;
  for (std::size_t i = 0; i < layers; ++i) by_layer.push_back(is_convolution(architecture, i) ? 0 : kv_heads);
  file.set(key, by_layer);
}

void describe_shape(GgufFile& file, const std::string& architecture, const TinyVlmOptions& options) {
  file.set(architecture + ".context_length", options.context_length);
  file.set(architecture + ".embedding_length", count(embedding));
  file.set(architecture + ".block_count", count(layers));
  file.set(architecture + ".feed_forward_length", count(feed_forward));
  file.set(architecture + ".attention.head_count", count(heads));
  describe_key_heads(file, architecture + ".attention.head_count_kv", options.architecture);
  file.set(architecture + ".rope.dimension_count", count(head));
  if (options.architecture == Architecture::llava) {
    file.set(architecture + ".attention.layer_norm_rms_epsilon", 1e-5F);
    file.set(architecture + ".rope.freq_base", 10'000.0F);
    return;
  }
  file.set(architecture + ".attention.layer_norm_rms_epsilon", 1e-6F);
  file.set(architecture + ".rope.freq_base", 1'000'000.0F);
  if (options.architecture == Architecture::qwen25vl) {
    // Time, height and width share half a head about as 16 : 24 : 24 in the real model.
    file.set(architecture + ".rope.dimension_sections", std::vector<std::int32_t>{2, 3, 3, 0});
  } else if (options.architecture == Architecture::gemma3) {
    file.set(architecture + ".attention.sliding_window", count(gemma_window));
    file.set(architecture + ".attention.sliding_window_pattern", count(gemma_window_pattern));
  } else {
    file.set(architecture + ".shortconv.l_cache", count(lfm_kernel));
  }
}

void add_convolution(GgufFile& file, const std::string& prefix, const Weights& weights) {
  file.add(prefix + "shortconv.conv.weight", weights.linear(prefix + "shortconv.conv", lfm_kernel, embedding));
  file.add(prefix + "shortconv.in_proj.weight", weights.linear(prefix + "shortconv.in", embedding, 3 * embedding));
  file.add(prefix + "shortconv.out_proj.weight", weights.linear(prefix + "shortconv.out", embedding, embedding));
}

void add_attention(GgufFile& file, const std::string& prefix, Block& block, Architecture architecture) {
  file.add(prefix + "attn_q.weight", std::move(block.query));
  file.add(prefix + "attn_k.weight", std::move(block.key));
  file.add(prefix + "attn_v.weight", std::move(block.value));
  if (architecture == Architecture::qwen25vl) {
    file.add(prefix + "attn_q.bias", std::move(block.query_bias));
    file.add(prefix + "attn_k.bias", std::move(block.key_bias));
    file.add(prefix + "attn_v.bias", std::move(block.value_bias));
  }
  if (architecture == Architecture::gemma3 || architecture == Architecture::lfm2vl) {
    file.add_ones(prefix + "attn_q_norm.weight", head);
    file.add_ones(prefix + "attn_k_norm.weight", head);
  }
  file.add(prefix + "attn_output.weight", std::move(block.attention_out));
}

void add_block(GgufFile& file, std::size_t layer, Block block, const Weights& weights, Architecture architecture) {
  const std::string prefix = "blk." + std::to_string(layer) + ".";
  file.add_ones(prefix + "attn_norm.weight", embedding);
  if (is_convolution(architecture, layer)) {
    add_convolution(file, prefix, weights);
  } else {
    add_attention(file, prefix, block, architecture);
  }
  if (architecture == Architecture::gemma3) {
    file.add_ones(prefix + "post_attention_norm.weight", embedding);
    file.add_ones(prefix + "post_ffw_norm.weight", embedding);
  }
  file.add_ones(prefix + "ffn_norm.weight", embedding);
  file.add(prefix + "ffn_gate.weight", std::move(block.gate));
  file.add(prefix + "ffn_up.weight", std::move(block.up));
  file.add(prefix + "ffn_down.weight", std::move(block.down));
}

}  // namespace

LanguageModel random_language_model(const Weights& weights, const Vocabulary& vocabulary) {
  // Logits that spread by about 3 make some tokens clearly likelier than others, as in a model that has learnt.
  constexpr float logit_spread = 3;
  LanguageModel model;
  model.embedding = weights.matrix("token_embd", embedding, vocabulary.size(), 1);
  model.output = weights.linear("output", embedding, vocabulary.size(), logit_spread);
  for (std::size_t i = 0; i < layers; ++i) {
    model.blocks.push_back(random_block(weights, "blk." + std::to_string(i) + "."));
  }
  return model;
}

void describe(GgufFile& file, LanguageModel model, const Weights& weights, const TinyVlmOptions& options) {
  const std::string architecture = text_architecture(options.architecture);
  file.set("general.architecture", architecture);
  file.set("general.type", "model");
  file.set("general.name", name_of(options));
  file.set("general.description", "Made-up weights for tests and demonstrations; it knows nothing");
  file.set("general.file_type", std::uint32_t{0});  // All F32.
  describe_shape(file, architecture, options);

  if (options.architecture == Architecture::gemma3) {
    // Gemma multiplies what it reads here, but no picture's tokens, by the root of the width.
    constexpr float root = 8;
    static_assert(root * root == embedding);
    for (float& value : model.embedding.values) value /= root;
  }
  file.add("token_embd.weight", std::move(model.embedding));
  for (std::size_t i = 0; i < model.blocks.size(); ++i) {
    add_block(file, i, std::move(model.blocks[i]), weights, options.architecture);
  }
  // The name that llama.cpp has for LFM2's is an old mistake that its files share.
  file.add_ones(options.architecture == Architecture::lfm2vl ? "token_embd_norm.weight" : "output_norm.weight",
                embedding);
  file.add("output.weight", std::move(model.output));
}

}  // namespace osler::tiny_vlm
