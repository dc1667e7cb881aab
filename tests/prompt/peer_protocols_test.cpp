// The prompts of other tools, to the character: what a model answers depends on a line break.

#include <gtest/gtest.h>

#include "osler/prompt/protocol.h"

namespace osler {
namespace {

Item item_of(Kind kind) {
  Item item;
  item.kind = kind;
  item.question = "Which organ?";
  if (kind == Kind::mcq) item.options = {"Liver", "Left kidney", "Spleen"};
  if (kind == Kind::yes_no) item.options = {"yes", "no"};
  item.images.resize(2);
  return item;
}

/// The prompt as text; an image is "<0>", turns are apart by their roles.
std::string asked(const std::string& protocol, const std::string& benchmark, Kind kind) {
  std::string text;
  for (const auto& message :
       make_prompt(protocol_for(find_protocol(protocol).value(), benchmark), item_of(kind)).messages) {
    if (message.role != "user") text += "[" + message.role + "]";
    for (const auto& part : message.parts) {
      text += part.image ? "<" + std::to_string(*part.image) + ">" : part.text;
    }
    if (message.role != "user") text += "[user]";
  }
  return text;
}

TEST(PeerProtocols, MedEvalKit) {
  EXPECT_EQ(asked("medevalkit", "pmc-vqa", Kind::mcq),
            "<0><1>\nQuestion: Which organ?\nOptions: \nA. Liver\nB. Left kidney\nC. Spleen\nAnswer with the option's "
            "letter from the given choices directly.");
  EXPECT_EQ(asked("medevalkit", "vqa-rad", Kind::yes_no),
            "<0><1>Which organ?\nPlease output 'yes' or 'no'(no extra output).");
  EXPECT_EQ(asked("medevalkit", "vqa-rad", Kind::open), "<0><1>Which organ?\nPlease answer the question concisely.");
}

TEST(PeerProtocols, MedEvalKitAsksSomeBenchmarksOtherwise) {
  EXPECT_EQ(asked("medevalkit", "slake/closed", Kind::yes_no),
            "<0><1>Which organ?\nAnswer the question using a single word or phrase.");
  EXPECT_EQ(asked("medevalkit", "slake", Kind::mcq),
            "<0><1>Which organ?\nAnswer the question using a single word or phrase.");
  EXPECT_EQ(asked("medevalkit", "slake", Kind::open), "<0><1>Which organ?\nPlease answer the question concisely.");
  EXPECT_EQ(asked("medevalkit", "slake:zh", Kind::open), "<0><1>Which organ?\n请简要回答该问题。");
  EXPECT_EQ(asked("medevalkit", "mmmu-medical.no-image", Kind::mcq),
            "<0>\nWhich organ?\n\n(A) Liver\n(B) Left kidney\n(C) Spleen\n\n\n        Answer with the option's letter "
            "from the given choices directly.");
  EXPECT_EQ(asked("medevalkit", "medxpertqa-mm", Kind::mcq),
            "<0><1>\nQuestion: Which organ?\nAnswer Choices: (A) Liver (B) Left kidney (C) Spleen\nOptions: \nA. "
            "Liver\nB. Left kidney\nC. Spleen\nAnswer with the option's letter from the given choices directly.");
}

TEST(PeerProtocols, VlmEvalKit) {
  EXPECT_EQ(asked("vlmevalkit", "pmc-vqa", Kind::mcq),
            "<0><1>Question: Which organ?\nOptions:\nA. Liver\nB. Left kidney\nC. Spleen\nPlease select the correct "
            "answer from the options above. \n");
  EXPECT_EQ(asked("vlmevalkit", "pathvqa", Kind::open),
            "<0><1>Which organ?\nPlease directly provide a short answer to the question. ");
}

TEST(PeerProtocols, MmmuShowsTheFirstImageAlone) {
  EXPECT_EQ(asked("mmmu-official", "mmmu-medical", Kind::mcq),
            "<0>Which organ?\n(A) Liver\n(B) Left kidney\n(C) Spleen\n\nAnswer with the option's letter from the given "
            "choices directly.");
  EXPECT_EQ(asked("mmmu-official", "mmmu-medical", Kind::open),
            "<0>Which organ?\nAnswer the question using a single word or phrase.");
}

TEST(PeerProtocols, MedXpertQaAsksInTwoTurnsWithImagesLast) {
  EXPECT_EQ(asked("medxpertqa-official", "medxpertqa-mm", Kind::mcq),
            "[system]You are a helpful medical assistant.[user]Q: Which organ?\nAnswer Choices: (A) Liver (B) Left "
            "kidney (C) Spleen\nA: Let's think step by step.<0><1>");
  const auto protocol = find_protocol("medxpertqa-official").value();
  EXPECT_EQ(make_follow_up(protocol, item_of(Kind::mcq)), "Therefore, among A through C, the answer is");
  EXPECT_EQ(make_follow_up(find_protocol("paper").value(), item_of(Kind::mcq)), "");
}

TEST(PeerProtocols, AVariantNamesItsEvaluator) {
  const auto protocol = find_protocol("medevalkit").value();
  EXPECT_EQ(protocol_for(protocol, "vqa-rad").extraction.evaluator, "medevalkit");
  EXPECT_EQ(protocol_for(protocol, "slake:zh/closed").extraction.evaluator, "medevalkit-slake");
  EXPECT_EQ(protocol_for(protocol, "mmmu-medical").extraction.evaluator, "medevalkit-mmmu");
  EXPECT_EQ(protocol_for(protocol, "mmmu-medical").hash, protocol.hash);
}

}  // namespace
}  // namespace osler
