#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "osler/grade/boxes.h"
#include "osler/grade/key.h"
#include "osler/grade/normalise.h"
#include "osler/grade/reasoning.h"
#include "osler/grade/refusal.h"
#include "osler/grade/unwrap.h"

namespace osler::grade {
namespace {

std::string original_of(std::string_view original, std::string_view part) {
  const Normalised normalised(original);
  const auto begin = normalised.text().find(part);
  if (begin == std::string_view::npos) return "(not there)";
  const Span span = normalised.original({begin, begin + part.size()});
  return std::string(original.substr(span.begin, span.end - span.begin));
}

std::string last_box(std::string_view text) {
  const Boxes boxes = find_boxes(text);
  return boxes.last ? std::string(text.substr(boxes.last->begin, boxes.last->end - boxes.last->begin)) : "(none)";
}

TEST(Normalise, OneSpellingForWhatLooksTheSame) {
  EXPECT_EQ(normalise("a\r\nb\rc"), "a\nb\nc");
  EXPECT_EQ(normalise("\uFF01\uFF21\uFF3F\uFF40\uFF5E"), "!A_`~");
  EXPECT_EQ(normalise("a\u3000b\u00A0c\u2009d\u202Fe"), "a b c d e");
  EXPECT_EQ(normalise("\u2018a\u2019 \u201Cb\u201D"), "'a' \"b\"");
  EXPECT_EQ(normalise("\u3010a\u3011\u3014b\u3015\u3002"), "[a][b].");
  EXPECT_EQ(normalise("\uFEFFa\u200Bb"), "ab");
  EXPECT_EQ(normalise("\boxed{A} \b"), "\\boxed{A} \b");
}

TEST(Normalise, LeavesEverythingElse) {
  using namespace std::string_literals;
  const auto bytes = "\xFF\xC2\xE2\x80\xEF\xBC\x80\x00\xEF\xBD\x9F caf\xC3\xA9 \xE2\x80\x94"s;
  const Normalised normalised(bytes);
  EXPECT_EQ(normalised.text(), bytes);
  EXPECT_EQ(normalised.text().data(), bytes.data()) << "an unchanged text is not copied";
}

TEST(Normalise, SpansAreInOriginalBytes) {
  EXPECT_EQ(original_of("x \uFF22\uFF0E y", "B."), "\uFF22\uFF0E");
  EXPECT_EQ(original_of("a\r\nB\r\n", "B"), "B");
  EXPECT_EQ(original_of("a\r\nB\r\n", "B\n"), "B\r\n");
  EXPECT_EQ(original_of("\u200BB\u200B", "B"), "B");
  EXPECT_EQ(original_of("A\u200BB", "AB"), "A\u200BB");
  EXPECT_EQ(original_of("\boxed{A}", "A"), "A");
  EXPECT_EQ(original_of("plain", "lai"), "lai");
}

TEST(Boxes, TheLastCompleteOneCounts) {
  EXPECT_EQ(last_box("no"), "(none)");
  EXPECT_EQ(last_box("\\boxed{A} \\fbox{B}"), "B");
  EXPECT_EQ(last_box("\\boxed{A} \\boxed{B"), "A");
  EXPECT_EQ(last_box("\\boxed{A{b}{c{d}}}"), "A{b}{c{d}}");
  EXPECT_EQ(last_box("\\boxed{x \\boxed{y} z}"), "y");
  EXPECT_EQ(last_box("\\boxed{a \\} b}"), "a \\} b");
  EXPECT_EQ(last_box("\\boxed{a \\\\}"), "a \\\\");
  EXPECT_EQ(last_box("\\\\boxed \t{A}"), "A");
  EXPECT_EQ(last_box("} } \\boxed{A} }"), "A");
  EXPECT_EQ(last_box("\\boxedA{B} \\mybox{C} boxed{D}"), "(none)");
}

TEST(Boxes, SaysWhetherOneStaysOpen) {
  EXPECT_TRUE(find_boxes("\\boxed{A").unclosed);
  EXPECT_TRUE(find_boxes("\\boxed{A} \\boxed{").unclosed);
  EXPECT_FALSE(find_boxes("\\boxed{A} {").unclosed);
  EXPECT_FALSE(find_boxes("\\boxed").unclosed);
}

TEST(Unwrap, TakesOffWhatDresses) {
  for (const char* dressed : {"B",
                              " B ",
                              "$B$",
                              "$$B$$",
                              "\\text{B}",
                              "\\textbf{\\mathrm{B}}",
                              "**B**",
                              "__B__",
                              "*B*",
                              "`B`",
                              "\"B\"",
                              "'B'",
                              "(B)",
                              "[B]",
                              "{B}",
                              "B.",
                              "B!;:,.",
                              ": B",
                              "$\\boxed{\\text{ **(B)**. }}$",
                              "\\text {B}",
                              "\\operatorname{B}"}) {
    EXPECT_EQ(unwrap(dressed), "B") << dressed;
  }
}

TEST(Unwrap, LeavesWhatBelongsToTheAnswer) {
  for (const char* text : {"(a) or (b)", "{a}{b}", "\\frac{1}{2}", "\\text{B}. Cyst", "**B** cyst", "+", "5%",
                           "\\textx{B}", "x(B)", "$B", "(B", "B)"}) {
    EXPECT_EQ(unwrap(text), text);
  }
  EXPECT_EQ(unwrap("\\text{B"), "\\text{B");
  EXPECT_EQ(unwrap("()"), "");
  EXPECT_EQ(unwrap("$"), "$");
  EXPECT_EQ(unwrap("***"), "*");
}

TEST(Key, EqualAnswersHaveEqualKeys) {
  EXPECT_EQ(key("  Pleural\n Effusion. "), "pleural effusion");
  EXPECT_EQ(key("\\text{Left}\\ \\textbf{kidney}"), "left kidney");
  EXPECT_EQ(key("25\\%"), "25%");
  EXPECT_EQ(key("a\\,b"), "a b");
  EXPECT_EQ(key("(**`Cyst`**)!"), "cyst");
  EXPECT_EQ(key("\\frac{1}{2}"), "\\frac{1}{2");
  EXPECT_EQ(key("+"), "+");
  EXPECT_EQ(key("-"), "-");
  EXPECT_EQ(key(".,;"), "");
  EXPECT_EQ(key("ÉÀ×ΑΩΠ"), "éà×αωπ");
  EXPECT_EQ(key("\xC3"), "\xC3");
  EXPECT_EQ(key("\\text{never closed"), "never closed");
  EXPECT_EQ(key("\\"), "\\");
}

TEST(Key, PlainKeepsCaseAndPunctuation) {
  EXPECT_EQ(plain("**B.** \\text{Pleural  effusion}"), "B. Pleural effusion");
  EXPECT_EQ(squashed("E. coli-1"), "ecoli1");
}

TEST(Reasoning, IsCutOffAtBothEnds) {
  const auto visible = [](std::string text) {
    const Visible part = visible_part(text);
    return text.substr(part.span.begin, part.span.end - part.span.begin) + (part.unclosed ? "|unclosed" : "");
  };
  EXPECT_EQ(visible("B"), "B");
  EXPECT_EQ(visible("<think>A</think>B"), "B");
  EXPECT_EQ(visible("A</think>B"), "B");
  EXPECT_EQ(visible("<think>A"), "|unclosed");
  EXPECT_EQ(visible("<think>A</think>B<think>C"), "B|unclosed");
  EXPECT_EQ(visible("<think>A<think>B</think>C"), "C");
  EXPECT_EQ(visible("a < b [think about it]"), "a < b [think about it]");
}

TEST(Reasoning, MarksOfTheModelCountBesideThoseThatAreKnown) {
  const auto more = to_look_for({{"<|Channel|>analysis", "<|channel|>final"}, {"（思考）", "（回答）"}});
  const auto visible = [&more](std::string text) {
    const Visible part = visible_part(text, more);
    return text.substr(part.span.begin, part.span.end - part.span.begin) + (part.unclosed ? "|unclosed" : "");
  };
  EXPECT_EQ(visible("<|channel|>analysis A <|CHANNEL|>finalB"), "B");
  EXPECT_EQ(visible("<|channel|>analysis A"), "|unclosed");
  EXPECT_EQ(visible(normalise("（思考）A（回答）B")), "B");
  EXPECT_EQ(visible("<think>A</think>B"), "B");
  EXPECT_EQ(visible_part("A<|channel|>finalB").span.begin, 0U) << "not known without its card";
}

TEST(Refusal, IsConservative) {
  EXPECT_TRUE(is_refusal("I'm sorry, but I can't do that."));
  EXPECT_TRUE(is_refusal("Sorry, I cannot say."));
  EXPECT_TRUE(is_refusal("I am currently unable to provide a diagnosis."));
  EXPECT_TRUE(is_refusal("I can't provide a medical opinion."));
  EXPECT_FALSE(is_refusal(""));
  EXPECT_FALSE(is_refusal("The lesion cannot be biopsied."));
  EXPECT_FALSE(is_refusal("I cannot see a fracture."));
  EXPECT_FALSE(is_refusal("I cannot determine the grade, but the diagnosis is B."));
  const std::string long_text(1000, 'x');
  EXPECT_FALSE(is_refusal(long_text + " I cannot determine the grade. " + long_text)) << "reasoning in between";
  EXPECT_TRUE(is_refusal(long_text + " I cannot determine the answer."));
}

}  // namespace
}  // namespace osler::grade
