#include <gmock/gmock.h>

#include <random>

#include "osler/prompt/protocol.h"

namespace osler {
namespace {

using testing::ElementsAre;

Item marked(Kind kind, const std::string& question, std::size_t images, std::vector<std::string> options = {}) {
  Item item;
  item.kind = kind;
  item.question = question;
  item.options = std::move(options);
  item.images.resize(images);
  item.marks_images = true;
  return item;
}

/// A protocol that says nothing but what the item says.
Protocol bare(ImagePolicy policy = ImagePolicy::interleave) {
  Protocol protocol;
  protocol.templates = {{Kind::mcq, "{question}\n{options}"}, {Kind::yes_no, "{question}"}, {Kind::open, "{question}"}};
  protocol.option_line = "{letter}. {text}";
  protocol.image_policy = policy;
  return protocol;
}

/// The parts of the user's message, images as "#0", "#1", ...
std::vector<std::string> parts_of(const Protocol& protocol, const Item& item) {
  std::vector<std::string> parts;
  const Prompt prompt = make_prompt(protocol, item);
  for (const auto& part : prompt.messages.back().parts) {
    EXPECT_TRUE(!part.image || part.text.empty());
    parts.push_back(part.image ? "#" + std::to_string(*part.image) : part.text);
  }
  return parts;
}

std::vector<std::string> asked(const std::string& question, std::size_t images) {
  return parts_of(bare(), marked(Kind::open, question, images));
}

TEST(Interleave, AMarkIsCutOutForItsImageAndNothingElseIsTouched) {
  EXPECT_THAT(asked("What in <image 1> is\n<image 2>?", 2), ElementsAre("What in ", "#0", " is\n", "#1", "?"));
  EXPECT_THAT(asked("in<image 1>is", 1), ElementsAre("in", "#0", "is"));
}

TEST(Interleave, ImagesGoByNumberAndNotByOrder) {
  EXPECT_THAT(asked("<image 3> or <image 1> or <image 2>", 3), ElementsAre("#2", " or ", "#0", " or ", "#1"));
  std::string question;
  for (int i = 12; i > 0; --i) question += "<image " + std::to_string(i) + ">";
  EXPECT_THAT(asked(question, 12),
              ElementsAre("#11", "#10", "#9", "#8", "#7", "#6", "#5", "#4", "#3", "#2", "#1", "#0"));
}

TEST(Interleave, ARepeatedMarkRefersToTheImageThatWasShown) {
  EXPECT_THAT(asked("<image 1>: compare <image 1> with <image 2>, not <image 2>.", 2),
              ElementsAre("#0", ": compare <image 1> with ", "#1", ", not <image 2>."));
}

TEST(Interleave, AMarkWithoutItsImageStays) {
  EXPECT_THAT(asked("<image 1> <image 2> <image 7>", 1), ElementsAre("#0", " <image 2> <image 7>"));
  EXPECT_THAT(asked("Look: <image 1>", 0), ElementsAre("Look: <image 1>"));
}

TEST(Interleave, WhatOnlyLooksLikeAMarkStays) {
  const std::string text =
      "<image> <image 0> <image 01> <image  1> <image 1 > <image -1> <image +1> <Image 1> <image 1 <image one> "
      "<image 18446744073709551616> <image 18446744073709551617> <image 1";
  EXPECT_THAT(asked("<image 1>" + text, 1), ElementsAre("#0", text));
  EXPECT_THAT(asked("<image <image 1>", 1), ElementsAre("<image ", "#0"));
}

TEST(Interleave, OptionsMayBeImages) {
  const Item item = marked(Kind::mcq, "Which follows <image 1>?", 3, {"<image 2>", "the <image 3> one", "<image 1>"});
  EXPECT_THAT(parts_of(bare(), item),
              ElementsAre("Which follows ", "#0", "?\nA. ", "#1", "\nB. the ", "#2", " one\nC. <image 1>"));
}

TEST(Interleave, ImagesWithoutAMarkFollowTheQuestionInTheirOrder) {
  const Item item = marked(Kind::mcq, "Which of <image 2>?", 4, {"x", "<image 3>"});
  EXPECT_THAT(parts_of(bare(), item), ElementsAre("Which of ", "#1", "?", "#0", "#3", "\nA. x\nB. ", "#2"));
  EXPECT_THAT(asked("What is it?", 2), ElementsAre("What is it?", "#0", "#1"));
  EXPECT_THAT(asked("", 1), ElementsAre("#0"));
}

TEST(Interleave, ThePlaceOfATextIsTheTemplates) {
  Protocol protocol = bare();
  const Item item = marked(Kind::mcq, "Q <image 1>", 3, {"<image 1>", "y"});
  protocol.templates[Kind::mcq] = "{options}: {question}!";
  EXPECT_THAT(parts_of(protocol, item), ElementsAre("A. ", "#0", "\nB. y: Q <image 1>", "#1", "#2", "!"))
      << "the options come first, and so does their mark";
  protocol.templates[Kind::mcq] = "{question} {question} {options}";
  EXPECT_THAT(parts_of(protocol, item), ElementsAre("Q ", "#0", "#1", "#2", " Q <image 1> A. <image 1>\nB. y"));
  protocol.templates[Kind::mcq] = "{options}";
  EXPECT_THAT(parts_of(protocol, item), ElementsAre("A. ", "#0", "\nB. y", "#1", "#2"));
}

TEST(Interleave, AMarkInAProtocolIsText) {
  Protocol protocol = bare();
  protocol.system = "<image 1>";
  protocol.option_line = "<image 1> {letter} {text}";
  protocol.templates[Kind::mcq] = "<image 1> {question} {options} <image 2>";
  EXPECT_THAT(parts_of(protocol, marked(Kind::mcq, "<image 2>", 2, {"<image 1>"})),
              ElementsAre("<image 1> ", "#1", " <image 1> A ", "#0", " <image 2>"));
  EXPECT_EQ(make_prompt(protocol, marked(Kind::mcq, "Q", 1)).messages.front().parts.front().text, "<image 1>");
}

TEST(Interleave, FillingInIsStillDoneOnce) {
  EXPECT_THAT(parts_of(bare(), marked(Kind::mcq, "{options} <image 1>{question}", 1, {"{letter} <image {letter}>"})),
              ElementsAre("{options} ", "#0", "{question}\nA. {letter} <image {letter}>"));
  Protocol protocol = bare();
  protocol.templates[Kind::open] = "<image {question}>";
  EXPECT_THAT(parts_of(protocol, marked(Kind::open, "1", 1)), ElementsAre("<image 1", "#0", ">"))
      << "what template and question make together is no mark; the image follows the question as without one";
}

TEST(Interleave, WithoutMarksInItsBenchmarkAQuestionIsOnlyText) {
  Item item = marked(Kind::mcq, "Is <image 1> {text}?", 2, {"<image 2>"});
  item.marks_images = false;
  EXPECT_THAT(parts_of(bare(), item), ElementsAre("#0", "#1", "Is <image 1> {text}?\nA. <image 2>"));
  EXPECT_EQ(parts_of(bare(ImagePolicy::images_first), item), parts_of(bare(), item));
}

TEST(ImagesFirst, MarksStayInTheText) {
  const Item item = marked(Kind::mcq, "<image 2> or <image 1>?", 3, {"<image 3>"});
  EXPECT_THAT(parts_of(bare(ImagePolicy::images_first), item),
              ElementsAre("#0", "#1", "#2", "<image 2> or <image 1>?\nA. <image 3>"));
}

TEST(FirstOnly, TheFirstImageStandsBeforeTheTextAndTheOthersAreNotShown) {
  const Protocol protocol = bare(ImagePolicy::first_only);
  EXPECT_THAT(parts_of(protocol, marked(Kind::open, "<image 2> or <image 1>?", 3)),
              ElementsAre("#0", "<image 2> or <image 1>?"));
  EXPECT_THAT(parts_of(protocol, marked(Kind::open, "<image 1>?", 0)), ElementsAre("<image 1>?"));
  Item unmarked = marked(Kind::open, "Which?", 2);
  unmarked.marks_images = false;
  EXPECT_THAT(parts_of(protocol, unmarked), ElementsAre("#0", "Which?"));
}

TEST(ShownImages, AreAllOrTheFirst) {
  for (const std::size_t images : {0U, 1U, 5U}) {
    EXPECT_EQ(shown_images(bare(), images), images);
    EXPECT_EQ(shown_images(bare(ImagePolicy::images_first), images), images);
    EXPECT_EQ(shown_images(bare(ImagePolicy::first_only), images), images == 0 ? 0U : 1U);
  }
}

TEST(Interleave, WhateverTheTextEveryImageIsShownOnceAndNoTextIsLost) {
  std::mt19937 random(5);
  const std::vector<std::string> pieces = {"<image 1>", "<image 2>", "<image 3>", "<image 4>", "<image ",   "1>",
                                           "<",         ">",         " ",         "x",         "{question}"};
  for (int round = 0; round < 2000; ++round) {
    const auto text = [&] {
      std::string made;
      for (auto i = random() % 8; i > 0; --i) made += pieces[random() % pieces.size()];
      return made;
    };
    const Item item = marked(Kind::mcq, text(), random() % 4, {text(), text()});
    std::vector<int> shown(item.images.size());
    std::string put_back;
    const Prompt prompt = make_prompt(bare(), item);
    for (const auto& part : prompt.messages.back().parts) {
      if (part.image) ++shown.at(*part.image);
      // A marked image is put back as its mark; one without a mark was added.
      const std::string mark = part.image ? "<image " + std::to_string(*part.image + 1) + ">" : "";
      const bool was_marked =
          (item.question + "\n" + item.options[0] + "\n" + item.options[1]).find(mark) != std::string::npos;
      put_back += part.image ? (was_marked ? mark : "") : part.text;
    }
    EXPECT_THAT(shown, testing::Each(1)) << item.question;
    EXPECT_EQ(put_back, item.question + "\nA. " + item.options[0] + "\nB. " + item.options[1]);
  }
}

TEST(Interleave, ManyMarksDoNotTakeLong) {
  std::string question;
  for (int i = 0; i < 200'000; ++i) question += "<image 1><image 9";
  const auto parts = asked(question, 2);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[1].size() + std::string("<image 1>").size(), question.size());
  EXPECT_EQ(asked("<image " + std::string(1 << 20, '9'), 1).size(), 2U);
}

}  // namespace
}  // namespace osler
