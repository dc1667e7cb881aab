// Protocols that score options instead of having an answer written.

#include <gmock/gmock.h>

#include "osler/prompt/protocol.h"

namespace osler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A whole protocol, line by line.
std::string protocol_text() {
  return "name: mine\n"                                                                      // 1
         "scoring: likelihood\n"                                                             // 2
         "likelihood:\n"                                                                     // 3
         "  choose: text_given_question\n"                                                   // 4
         "  answer_prefix: \"The answer is \"\n"                                             // 5
         "  unconditional: \"\"\n"                                                           // 6
         "templates: {mcq: \"{question}\", yes_no: \"{question}\", open: \"{question}\"}\n"  // 7
         "decoding: {max_new_tokens: 7}\n"
         "extraction: {source: last_box, rules: [open_text]}\n";  // 8
}

std::string message_of(const Result<Protocol>& result) { return result ? "(no error)" : result.error().message(); }

/// What is complained about when `part` reads `instead`.
std::string complaint(const std::string& part, const std::string& instead) {
  std::string text = protocol_text();
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  text.replace(at, part.size(), instead);
  return message_of(parse_protocol(text, "p.yaml"));
}

Item item_of(Kind kind, std::vector<std::string> options) {
  Item item;
  item.kind = kind;
  item.question = "Which organ?";
  item.options = std::move(options);
  item.images.resize(1);
  return item;
}

std::string user_text(const Prompt& prompt) { return prompt.messages.back().parts.back().text; }

TEST(LikelihoodProtocol, ReadsEveryKey) {
  const auto protocol = parse_protocol(protocol_text(), "p.yaml");
  ASSERT_TRUE(protocol) << message_of(protocol);
  ASSERT_TRUE(protocol->likelihood);
  EXPECT_EQ(protocol->likelihood->choose, DecidingScore::text_given_question);
  EXPECT_EQ(protocol->likelihood->answer_prefix, "The answer is ");
  EXPECT_EQ(protocol->likelihood->unconditional, "");
  EXPECT_FALSE(lists_options(*protocol));
}

TEST(LikelihoodProtocol, WhatIsLeftOutHasItsDefault) {
  std::string text = protocol_text();
  const std::string optional = "  answer_prefix: \"The answer is \"\n  unconditional: \"\"\n";
  text.erase(text.find(optional), optional.size());
  const auto protocol = parse_protocol(text, "p.yaml");
  ASSERT_TRUE(protocol) << message_of(protocol);
  EXPECT_EQ(protocol->likelihood->answer_prefix, "");
  EXPECT_EQ(protocol->likelihood->unconditional, "Answer:");
}

TEST(LikelihoodProtocol, FaultsAreNamedWithTheirLine) {
  EXPECT_THAT(complaint("scoring: likelihood", "scoring: logits"),
              StartsWith("p.yaml, line 2: unknown scoring 'logits'"));
  EXPECT_THAT(complaint("choose: text_given_question", "choose: acc_norm"),
              StartsWith("p.yaml, line 4: options cannot be chosen by 'acc_norm'"));
  EXPECT_THAT(complaint("choose: text_given_question", "chose: text"), HasSubstr("p.yaml, line"));
  EXPECT_THAT(complaint("  choose: text_given_question\n", ""), HasSubstr("'choose' is missing"));
  EXPECT_THAT(complaint("answer_prefix", "prefix"), StartsWith("p.yaml, line 5: unknown key 'prefix'"));
  EXPECT_THAT(complaint("unconditional: \"\"", "unconditional: []"), StartsWith("p.yaml, line 6: 'unconditional'"));
  EXPECT_THAT(complaint("scoring: likelihood", "scoring: generate"),
              StartsWith("p.yaml, line 3: 'likelihood' has no meaning without 'scoring: likelihood'"));
  EXPECT_THAT(message_of(parse_protocol("name: x\nscoring: likelihood\n", "p.yaml")), HasSubstr("p.yaml, line"));
}

TEST(LikelihoodProtocol, WhatReadsAReplyHasNoMeaningBesideIt) {
  EXPECT_THAT(complaint("name: mine\n", "name: mine\nfollow_up: \"So?\"\n"),
              StartsWith("p.yaml, line 2: where options are scored there is no reply"));
  EXPECT_THAT(complaint("source: last_box, rules: [open_text]", "evaluator: vlmevalkit"),
              StartsWith("p.yaml, line 2: the scoring of another tool reads what a model writes"));
}

TEST(LikelihoodProtocol, LettersAreOnlyScoredWhereTheyWereShown) {
  EXPECT_THAT(complaint("choose: text_given_question", "choose: letter"),
              StartsWith("p.yaml, line 7: the template 'mcq' has no {options}"));
}

TEST(LikelihoodProtocol, ScoresAreAskedForWithOptionsPrefixAndUnconditionalPrompt) {
  auto protocol = parse_protocol("system: Be brief.\n" + protocol_text(), "p.yaml").value();
  protocol.likelihood->unconditional = "Answer:";
  const auto scoring = make_scoring(protocol, item_of(Kind::mcq, {"liver", "<image 1>", "spleen"}));
  ASSERT_TRUE(scoring);
  ASSERT_EQ(scoring->options.size(), 3U);
  EXPECT_EQ(scoring->options[0].letter, "A");
  EXPECT_EQ(scoring->options[1].text, "<image 1>");
  EXPECT_EQ(scoring->options[2].letter, "C");
  EXPECT_EQ(scoring->options[2].text, "spleen");
  EXPECT_EQ(scoring->answer_prefix, "The answer is ");
  ASSERT_EQ(scoring->unconditional.messages.size(), 2U);
  EXPECT_EQ(scoring->unconditional.messages[0].role, "system");
  EXPECT_EQ(scoring->unconditional.messages[1].role, "user");
  ASSERT_EQ(scoring->unconditional.messages[1].parts.size(), 1U) << "no image";
  EXPECT_EQ(user_text(scoring->unconditional), "Answer:");
}

TEST(LikelihoodProtocol, YesAndNoAreScoredAndOpenItemsAreNot) {
  const auto protocol = find_protocol("likelihood").value();
  const auto scoring = make_scoring(protocol, item_of(Kind::yes_no, {"yes", "no"}));
  ASSERT_TRUE(scoring);
  EXPECT_EQ(scoring->options[1].text, "no");
  EXPECT_FALSE(make_scoring(protocol, item_of(Kind::open, {})));
  EXPECT_FALSE(make_scoring(find_protocol("direct").value(), item_of(Kind::mcq, {"x", "y"})));
}

TEST(LikelihoodProtocol, LettersAreThoseOfTheOptionsUnderAnyProtocol) {
  EXPECT_THAT(option_letters(item_of(Kind::mcq, {"x", "y", "z"})), ElementsAre("A", "B", "C"));
  EXPECT_THAT(option_letters(item_of(Kind::yes_no, {"yes", "no"})), ElementsAre("A", "B"));
  EXPECT_THAT(option_letters(item_of(Kind::open, {})), ElementsAre());
}

TEST(ShippedLikelihood, TheLettersAreAskedForAsDirectAsks) {
  const auto protocol = find_protocol("likelihood").value();
  const auto direct = find_protocol("direct").value();
  EXPECT_EQ(protocol.likelihood.value().choose, DecidingScore::letter);
  for (const auto kind : {Kind::mcq, Kind::open}) EXPECT_EQ(protocol.templates.at(kind), direct.templates.at(kind));
  EXPECT_EQ(protocol.option_line, direct.option_line);
  EXPECT_EQ(protocol.image_policy, direct.image_policy);
  EXPECT_THAT(user_text(make_prompt(protocol, item_of(Kind::yes_no, {"yes", "no"}))), HasSubstr("A. yes\nB. no"));
}

TEST(ShippedLikelihood, TextsAreScoredWithoutShowingThem) {
  const auto protocol = find_protocol("likelihood-text").value();
  EXPECT_EQ(protocol.likelihood.value().choose, DecidingScore::text_per_byte);
  EXPECT_FALSE(lists_options(protocol));
  EXPECT_EQ(user_text(make_prompt(protocol, item_of(Kind::mcq, {"liver", "spleen"}))).find("liver"), std::string::npos);
}

}  // namespace
}  // namespace osler
