#include <gmock/gmock.h>

#include "osler/prompt/protocol.h"

namespace osler {
namespace {

using testing::HasSubstr;

Item item_of(Kind kind, const std::string& question, std::vector<std::string> options = {}, std::size_t images = 1) {
  Item item;
  item.kind = kind;
  item.question = question;
  item.options = std::move(options);
  item.images.resize(images);
  return item;
}

/// The text of the user's message.
std::string text_of(const Protocol& protocol, const Item& item) {
  const Prompt prompt = make_prompt(protocol, item);
  EXPECT_EQ(prompt.messages.back().role, "user");
  return prompt.messages.back().parts.back().text;
}

Protocol paper() { return find_protocol("paper").value(); }

TEST(PaperPrompt, MultipleChoiceReadsAsTheProtocolFixesIt) {
  EXPECT_EQ(text_of(paper(), item_of(Kind::mcq, "Which organ is enlarged?", {"liver", "spleen", "left kidney"})),
            "Which organ is enlarged?\n\nOptions:\nA. liver\nB. spleen\nC. left kidney\n\n"
            "Please reason step by step, and put the final answer (the letter of the chosen option) within \\boxed{}.");
}

TEST(PaperPrompt, YesAndNoAreOptionsAAndB) {
  EXPECT_EQ(text_of(paper(), item_of(Kind::yes_no, "Is there a fracture?", {"yes", "no"})),
            "Is there a fracture?\n\nOptions:\nA. yes\nB. no\n\n"
            "Please reason step by step, and put the final answer (the letter of the chosen option) within \\boxed{}.");
}

TEST(PaperPrompt, AnOpenQuestionHasNoOptions) {
  EXPECT_EQ(text_of(paper(), item_of(Kind::open, "Where is the lesion?")),
            "Where is the lesion?\n\nPlease reason step by step, and put the final answer within \\boxed{}.");
}

TEST(DirectPrompt, AsksForTheAnswerAlone) {
  const Protocol direct = find_protocol("direct").value();
  EXPECT_EQ(text_of(direct, item_of(Kind::mcq, "Which?", {"x", "y"})),
            "Which?\n\nOptions:\nA. x\nB. y\n\nAnswer with the letter of the chosen option only.");
  EXPECT_EQ(text_of(direct, item_of(Kind::yes_no, "Is it?", {"yes", "no"})), "Is it?\n\nAnswer with yes or no only.");
  EXPECT_EQ(text_of(direct, item_of(Kind::open, "What?")),
            "What?\n\nAnswer with a single word or a short phrase only.");
}

TEST(MakePrompt, ImagesComeBeforeTheTextInTheirOrder) {
  const Prompt prompt = make_prompt(paper(), item_of(Kind::open, "What?", {}, 3));
  ASSERT_EQ(prompt.messages.size(), 1U);
  const auto& parts = prompt.messages.front().parts;
  ASSERT_EQ(parts.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(parts[i].image, i);
    EXPECT_TRUE(parts[i].text.empty());
  }
  EXPECT_FALSE(parts[3].image.has_value());
}

TEST(MakePrompt, WithoutImagesThereIsTextOnly) {
  EXPECT_EQ(make_prompt(paper(), item_of(Kind::open, "What?", {}, 0)).messages.front().parts.size(), 1U);
}

TEST(MakePrompt, ASystemMessageComesFirstAndIsNotFilledIn) {
  Protocol protocol = paper();
  protocol.system = "You see {question}.";
  const Prompt prompt = make_prompt(protocol, item_of(Kind::open, "What?"));
  ASSERT_EQ(prompt.messages.size(), 2U);
  EXPECT_EQ(prompt.messages[0].role, "system");
  ASSERT_EQ(prompt.messages[0].parts.size(), 1U);
  EXPECT_EQ(prompt.messages[0].parts[0].text, "You see {question}.");
  EXPECT_EQ(prompt.messages[1].role, "user");
}

TEST(MakePrompt, BracesInAQuestionOrAnOptionStayAsTheyAre) {
  const std::string text = text_of(
      paper(), item_of(Kind::mcq, "What is {options} of {question}?", {"{letter}", "{text} {options}", "\\boxed{B}"}));
  EXPECT_THAT(text, testing::StartsWith("What is {options} of {question}?\n\nOptions:\n"
                                        "A. {letter}\nB. {text} {options}\nC. \\boxed{B}\n\n"));
}

TEST(MakePrompt, BracesInATemplateThatNameNoFieldStay) {
  Protocol protocol = paper();
  const auto filled = [&protocol](const std::string& pattern) {
    protocol.templates[Kind::open] = pattern;
    return text_of(protocol, item_of(Kind::open, "Q"));
  };
  EXPECT_EQ(filled("{{question}}"), "{Q}");
  EXPECT_EQ(filled("{ {question} {x} {}"), "{ Q {x} {}");
  EXPECT_EQ(filled("{question}{"), "Q{");
  EXPECT_EQ(filled("}{question"), "}{question");
  EXPECT_EQ(filled("{question}{question}"), "QQ");
  EXPECT_EQ(filled("{Question} { question }"), "{Question} { question }");
  EXPECT_EQ(filled(""), "");
}

TEST(MakePrompt, ManyOpenBracesDoNotTakeLong) {
  Protocol protocol = paper();
  protocol.templates[Kind::open] = "{question}" + std::string(1 << 20, '{');
  EXPECT_EQ(text_of(protocol, item_of(Kind::open, "Q")).size(), (std::size_t{1} << 20) + 1);
}

TEST(MakePrompt, TwentySixOptionsGoUpToZ) {
  std::vector<std::string> options;
  for (int i = 0; i < 26; ++i) options.push_back("option " + std::to_string(i));
  const std::string text = text_of(paper(), item_of(Kind::mcq, "Which?", options));
  EXPECT_THAT(text, HasSubstr("\nA. option 0\n"));
  EXPECT_THAT(text, HasSubstr("\nZ. option 25\n\nPlease"));
}

TEST(MakePrompt, IsTheSameEveryTime) {
  const Item item = item_of(Kind::mcq, "Which?", {"x", "y"}, 2);
  EXPECT_EQ(text_of(paper(), item), text_of(paper(), item));
}

}  // namespace
}  // namespace osler
