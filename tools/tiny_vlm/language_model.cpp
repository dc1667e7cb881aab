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

void describe_shape(GgufFile& file, const std::string& architecture, const TinyVlmOptions& options) {
  const auto count = [](std::size_t size) { return static_cast<std::uint32_t>(size); };
  file.set(architecture + ".context_length", options.context_length);
  file.set(architecture + ".embedding_length", count(embedding));
  file.set(architecture + ".block_count", count(layers));
  file.set(architecture + ".feed_forward_length", count(feed_forward));
  file.set(architecture + ".attention.head_count", count(heads));
  file.set(architecture + ".attention.head_count_kv", count(kv_heads));
  file.set(architecture + ".rope.dimension_count", count(head));
  if (options.architecture == Architecture::qwen25vl) {
    file.set(architecture + ".attention.layer_norm_rms_epsilon", 1e-6F);
    file.set(architecture + ".rope.freq_base", 1'000'000.0F);
    // Time, height and width share half a head about as 16 : 24 : 24 in the real model.
    file.set(architecture + ".rope.dimension_sections", std::vector<std::int32_t>{2, 3, 3, 0});
  } else {
    file.set(architecture + ".attention.layer_norm_rms_epsilon", 1e-5F);
    file.set(architecture + ".rope.freq_base", 10'000.0F);
  }
}

void add_block(GgufFile& file, const std::string& prefix, Block block, bool biases) {
  file.add_ones(prefix + "attn_norm.weight", embedding);
  file.add(prefix + "attn_q.weight", std::move(block.query));
  file.add(prefix + "attn_k.weight", std::move(block.key));
  file.add(prefix + "attn_v.weight", std::move(block.value));
  if (biases) {
    file.add(prefix + "attn_q.bias", std::move(block.query_bias));
    file.add(prefix + "attn_k.bias", std::move(block.key_bias));
    file.add(prefix + "attn_v.bias", std::move(block.value_bias));
  }
  file.add(prefix + "attn_output.weight", std::move(block.attention_out));
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

void describe(GgufFile& file, LanguageModel model, const TinyVlmOptions& options) {
  const bool qwen = options.architecture == Architecture::qwen25vl;
  const std::string architecture = qwen ? "qwen2vl" : "llama";
  file.set("general.architecture", architecture);
  file.set("general.type", "model");
  file.set("general.name", name_of(options));
  file.set("general.description", "Made-up weights for tests and demonstrations; it knows nothing");
  file.set("general.file_type", std::uint32_t{0});  // All F32.
  describe_shape(file, architecture, options);

  file.add("token_embd.weight", std::move(model.embedding));
  for (std::size_t i = 0; i < model.blocks.size(); ++i) {
    add_block(file, "blk." + std::to_string(i) + ".", std::move(model.blocks[i]), qwen);
  }
  file.add_ones("output_norm.weight", embedding);
  file.add("output.weight", std::move(model.output));
}

}  // namespace osler::tiny_vlm
