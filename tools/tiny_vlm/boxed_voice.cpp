#include "tiny_vlm/boxed_voice.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace osler::tiny_vlm {

namespace {

using namespace text_shape;

/// The reserved values of the state: what the current token is, and so what must follow; then the verdicts.
enum Lane : std::size_t {
  text,
  looking,
  findings,
  unsure,
  box,
  letter,
  close,
  picture,
  verdict_letter,  ///< Of "A"; the other letters' come next.
  verdict_opening = verdict_letter + 5,
  verdict_unsure,
  verdict_one,  ///< Always 1, in the measure of the two before.
  lanes
};

constexpr std::array<std::string_view, 5> letters = {"A", "B", "C", "D", "E"};

constexpr float lane_level = 4;              ///< In an embedding, against 1 for content.
constexpr float content_unit = 0.14433757F;  ///< 1 / sqrt(embedding - lanes): makes a direction of unit length.
constexpr float chain_gain = 3;    ///< Lane to logit: some 12 logits between the successor and all other tokens.
constexpr float noise = 0.02F;     ///< Keeps the other tokens' logits apart.
constexpr float sharpness = 1.8F;  ///< Of queries and keys: scores spread by about its square.
constexpr float picture_pull = 1;  ///< Of the picture lane on the heads that look for it.
constexpr float letter_gain = 2;   ///< Verdict to logit.
constexpr float opening_gain = 0.5F;
constexpr float unsure_gain = 8;
constexpr float unsure_from = 1.85F;  ///< Of 0 to 2: the verdict that makes the voice unsure, about one time in ten.

template <class Range>
void clear(Range&& values) {
  for (float& value : values) value = 0;
}

void clear_inputs_from_lanes(Matrix& matrix) {
  for (std::size_t row = 0; row < matrix.outputs; ++row) {
    for (std::size_t lane = 0; lane < lanes; ++lane) matrix.at(row, lane) = 0;
  }
}

void clear_outputs_into_lanes(Matrix& matrix) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    for (std::size_t column = 0; column < matrix.inputs; ++column) matrix.at(lane, column) = 0;
  }
}

void scale(Matrix& matrix, float factor) {
  for (float& value : matrix.values) value *= factor;
}

/// Sets what a token is. Phrases and the frame of a turn say nothing of their own: what they would add to every
/// prompt's guess is the same, and a letter that always leads is no guess.
void wire_embedding(Matrix& table, std::size_t token, Lane lane, bool content) {
  for (std::size_t i = 0; i < table.inputs; ++i) {
    if (i < lanes || !content) table.at(token, i) = 0;
  }
  table.at(token, lane) = lane_level;
}

void wire_embeddings(Matrix& table, const Vocabulary& vocabulary) {
  for (std::size_t token = 0; token < table.outputs; ++token) wire_embedding(table, token, text, true);
  for (const auto frame : {control::end_of_text, control::turn_start, control::turn_end, control::vision_start,
                           control::vision_end, control::image_pad, std::string_view("\n")}) {
    wire_embedding(table, vocabulary.token(frame), text, false);
  }
  wire_embedding(table, vocabulary.token(phrase::looking), looking, false);
  wire_embedding(table, vocabulary.token(phrase::findings), findings, false);
  wire_embedding(table, vocabulary.token(phrase::unsure), unsure, false);
  wire_embedding(table, vocabulary.token(phrase::box), box, false);
  for (const auto name : letters) wire_embedding(table, vocabulary.token(name), letter, true);
  wire_embedding(table, vocabulary.token("}"), close, false);
}

/// The output row of one token: where it comes from, and which verdict has a say.
class OutputRow {
 public:
  OutputRow(Matrix& output, std::size_t token) : output_(output), token_(token) {}

  OutputRow& follows(Lane lane) {
    output_.at(token_, lane) = chain_gain;
    return *this;
  }

  OutputRow& weighs(std::size_t verdict, float gain) {
    output_.at(token_, verdict) = gain;
    return *this;
  }

 private:
  Matrix& output_;
  std::size_t token_;
};

void wire_output(Matrix& output, const Weights& weights, const Vocabulary& vocabulary) {
  output = weights.matrix("output", output.inputs, output.outputs, noise);
  const auto row = [&](std::string_view name) { return OutputRow(output, vocabulary.token(name)); };

  row(phrase::looking).follows(text).weighs(verdict_opening, opening_gain).weighs(verdict_one, -opening_gain);
  row(phrase::findings).follows(text).weighs(verdict_opening, -opening_gain).weighs(verdict_one, opening_gain);
  row(phrase::unsure).follows(text).weighs(verdict_unsure, unsure_gain).weighs(verdict_one, -unsure_from * unsure_gain);
  row(phrase::box).follows(looking).follows(findings);
  for (std::size_t i = 0; i < letters.size(); ++i) {
    row(letters[i]).follows(box).weighs(verdict_letter + i, letter_gain);
  }
  row("}").follows(letter);
  row(control::turn_end).follows(close).follows(unsure);
}

/// The value in each head that turns slowest under RoPE, so that the pull hardly depends on the distance. Qwen
/// pairs value i with i + head / 2, LLaMA 2 i with 2 i + 1; the last value belongs to the slowest pair in both.
constexpr std::size_t slow = head - 1;

void wire_attention(Block& block) {
  for (auto* bias : {&block.query_bias, &block.key_bias, &block.value_bias}) clear(*bias);
  scale(block.query, sharpness);
  scale(block.key, sharpness);
  clear_inputs_from_lanes(block.key);
  clear_inputs_from_lanes(block.value);
  clear_outputs_into_lanes(block.attention_out);
  // The first key head, and the query heads that share it, look for pictures.
  constexpr std::size_t sharing = heads / kv_heads;
  for (std::size_t i = 0; i < embedding; ++i) block.key.at(slow, i) = 0;
  block.key.at(slow, picture) = picture_pull;
  for (std::size_t query_head = 0; query_head < sharing; ++query_head) {
    const std::size_t row = query_head * head + slow;
    for (std::size_t i = 0; i < embedding; ++i) block.query.at(row, i) = i < lanes ? picture_pull : 0.0F;
  }
}

void wire_feed_forward(Block& block) {
  clear_inputs_from_lanes(block.gate);
  clear_inputs_from_lanes(block.up);
  clear_outputs_into_lanes(block.down);
}

constexpr float steepness = 40;

/// Makes one unit add `slope` * max(p - at, 0) to a verdict, where p is content's projection on `direction`: gate and
/// up are lengths of the same state, so that SiLU(gate) * up is as good as max(gate, 0), times a constant. `at` is
/// measured by the level of `lane`, whose being on is what makes the verdict count.
void wire_unit(Block& block, std::size_t unit, Lane lane, const std::array<float, embedding>& direction, float at,
               std::size_t verdict, float slope) {
  for (std::size_t i = 0; i < embedding; ++i) {
    block.gate.at(unit, i) = steepness * direction[i];
    block.up.at(unit, i) = 0;
    block.down.at(i, unit) = 0;
  }
  block.gate.at(unit, lane) = -steepness * at / lane_level;
  block.up.at(unit, lane) = 1 / lane_level;
  block.down.at(verdict, unit) = slope / steepness;
}

/// Makes `bends` units compute one verdict: a zigzag between 0 and 2 over p. Whatever the mean of p over prompts, and
/// it is never 0, p deviates by more than a step, so that the verdict is spread evenly and every letter has its turn.
void wire_verdict(Block& block, std::size_t first_unit, std::size_t bends, Lane lane, std::size_t verdict,
                  SplitMix64 random) {
  constexpr float range = 2.5F;  // Of p, on either side of 0.
  constexpr float height = 2;
  const float step = 2 * range / static_cast<float>(bends);
  const float start = step * random.next_unit() / 2 - range;
  std::array<float, embedding> direction = {};
  for (std::size_t i = lanes; i < embedding; ++i) direction[i] = random.next_unit() * content_unit;

  for (std::size_t bend = 0; bend < bends; ++bend) {
    const bool end = bend == 0 || bend + 1 == bends;
    const float turn = (bend % 2 == 0 ? height : -height) * (end ? 1.0F : 2.0F) / step;
    wire_unit(block, first_unit + bend, lane, direction, start + step * static_cast<float>(bend), verdict, turn);
  }
}

void wire_verdicts(Block& last, const Weights& weights) {
  // Odd, so that the zigzag ends where it began and nothing beyond its range speaks loudly.
  constexpr std::size_t letter_bends = 19;
  constexpr std::size_t opening_bends = 9;
  constexpr std::size_t unsure_bends = 23;
  static_assert(letters.size() * letter_bends + opening_bends + unsure_bends + 1 == feed_forward);
  std::size_t unit = 0;
  for (std::size_t i = 0; i < letters.size(); ++i, unit += letter_bends) {
    const auto random = weights.stream("verdict." + std::string(letters[i]));
    wire_verdict(last, unit, letter_bends, box, verdict_letter + i, random);
  }
  wire_verdict(last, unit, opening_bends, text, verdict_opening, weights.stream("verdict.opening"));
  unit += opening_bends;
  wire_verdict(last, unit, unsure_bends, text, verdict_unsure, weights.stream("verdict.unsure"));
  unit += unsure_bends;
  wire_unit(last, unit, text, {}, -1, verdict_one, 1);
}

}  // namespace

void wire_boxed_voice(LanguageModel& model, const Weights& weights, const Vocabulary& vocabulary) {
  wire_embeddings(model.embedding, vocabulary);
  wire_output(model.output, weights, vocabulary);
  for (Block& block : model.blocks) {
    wire_attention(block);
    wire_feed_forward(block);
  }
  wire_verdicts(model.blocks.back(), weights);
}

void wire_projector(Matrix& last, std::vector<float>& bias) {
  clear_outputs_into_lanes(last);
  clear(bias);
  bias[picture] = lane_level;
}

}  // namespace osler::tiny_vlm
