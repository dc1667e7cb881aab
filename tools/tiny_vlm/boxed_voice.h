#pragma once

#include <vector>

#include "tiny_vlm/language_model.h"
#include "tiny_vlm/vocabulary.h"
#include "tiny_vlm/weights.h"

/// The voice `boxed`: a model that has learnt nothing and yet answers in the right form. How it is wired:
///
/// The state that runs through the blocks has 64 values. The first eight are *lanes*. A token's embedding sets the
/// lane that says what it is, and no block writes into these, so that the last token alone decides the form of what
/// comes next, whatever stands before it. The output row of a token reads the lane of its predecessor, which makes a
/// first-order Markov chain that stays exact however the weights are rounded:
///
///     any text -> "Looking at the image, I choose " -> "\boxed{" -> A|B|C|D|E -> "}" -> <|im_end|>
///              -> "The findings fit best with "     -> "\boxed{" ...
///              -> "I cannot tell from this image."  -> <|im_end|>            about one time in ten
///
/// The last 48 values are *content*: random for text, made by the vision tower for pictures, nothing for the
/// phrases. Attention and feed-forward read and write content with random weights. Attention is sharp: each head
/// picks a few tokens, which differ from prompt to prompt, instead of an average that is much the same for all
/// prompts. Half of the heads look for the lane of pictures, which the projector sets in every picture token, so
/// that the picture has its say beside a long question.
///
/// Where the chain branches, the prompt decides. Reading the branches' logits straight off content does not do: its
/// mean over all prompts is not zero, and one letter would win nearly always. So the last feed-forward folds it: for
/// each branch it computes a zigzag over one random projection of content, a hash with a slope, and writes it into a
/// *verdict* value of the state that only the branch's output row reads. The letters come out about equally often
/// for every seed, with logits close enough that the model never seems sure.
namespace osler::tiny_vlm {

/// Rewires a random language model.
void wire_boxed_voice(LanguageModel& model, const Weights& weights, const Vocabulary& vocabulary);

/// Rewires the vision projector's last layer: the lane of pictures on, all others off.
void wire_projector(Matrix& last, std::vector<float>& bias);

}  // namespace osler::tiny_vlm
