#include "osler/prompt/protocol.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace osler {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

/// A whole protocol, line by line.
std::string protocol_text() {
  return "name: mine\n"                                                // 1
         "option_line: \"{letter}) {text}\"\n"                         // 2
         "templates:\n"                                                // 3
         "  mcq: \"{question} {options}\"\n"                           // 4
         "  yes_no: \"{question}\"\n"                                  // 5
         "  open: \"{question}\"\n"                                    // 6
         "decoding: {max_new_tokens: 7, temperature: 0.5, seed: 9}\n"  // 7
         "extraction: {source: last_box, rules: [a, b]}\n";            // 8
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

TEST(Protocol, TheShippedOnesParseUnderTheirOwnNames) {
  EXPECT_THAT(protocol_names(), testing::IsSupersetOf({"paper", "direct"}));
  for (const auto& name : protocol_names()) {
    const auto protocol = find_protocol(name);
    ASSERT_TRUE(protocol) << message_of(protocol);
    EXPECT_EQ(protocol->name, name);
    EXPECT_EQ(protocol->decoding.temperature, 0.0) << name << ": greedy";
    const bool ours = protocol->extraction.evaluator.empty();
    EXPECT_TRUE(!ours || protocol->system.empty()) << name << ": the model's own";
    EXPECT_EQ(protocol->extraction.rules.empty(), !ours) << name;
    EXPECT_TRUE(!ours || protocol->variants.empty()) << name << ": one prompt for all benchmarks";
    EXPECT_EQ(protocol->hash.size(), 64U);
  }
  EXPECT_EQ(find_protocol("paper")->decoding.max_new_tokens, 4096);
  EXPECT_EQ(find_protocol("paper")->extraction.source, "last_box");
}

TEST(Protocol, LenientAsksAsPaperDoes) {
  const Protocol paper = find_protocol("paper").value();
  const Protocol lenient = find_protocol("lenient").value();
  EXPECT_EQ(lenient.templates, paper.templates);
  EXPECT_EQ(lenient.option_line, paper.option_line);
  EXPECT_EQ(lenient.system, paper.system);
  EXPECT_EQ(lenient.image_policy, paper.image_policy);
  EXPECT_EQ(lenient.decoding.max_new_tokens, paper.decoding.max_new_tokens);
  EXPECT_EQ(lenient.decoding.seed, paper.decoding.seed);
  EXPECT_EQ(lenient.extraction.source, "lenient");
  EXPECT_THAT(lenient.title, testing::HasSubstr("not for headline numbers"));
}

TEST(Protocol, ReadsEveryKey) {
  const auto protocol = parse_protocol("title: T\nsystem: S\n" + protocol_text(), "p.yaml");
  ASSERT_TRUE(protocol) << message_of(protocol);
  EXPECT_EQ(protocol->title, "T");
  EXPECT_EQ(protocol->system, "S");
  EXPECT_EQ(protocol->option_line, "{letter}) {text}");
  EXPECT_EQ(protocol->decoding.max_new_tokens, 7);
  EXPECT_EQ(protocol->decoding.temperature, 0.5);
  EXPECT_EQ(protocol->decoding.seed, 9U);
  EXPECT_THAT(protocol->extraction.rules, testing::ElementsAre("a", "b"));
}

TEST(Protocol, AnUnknownKeyIsNamedWithItsLine) {
  EXPECT_THAT(complaint("option_line", "option_lien"), StartsWith("p.yaml, line 2: unknown key 'option_lien'"));
  EXPECT_THAT(complaint("  open", "  opne"), StartsWith("p.yaml, line 6: unknown key 'opne'"));
  EXPECT_THAT(complaint("seed", "sede"), StartsWith("p.yaml, line 7: unknown key 'sede'"));
  EXPECT_THAT(complaint("rules", "ruels"), StartsWith("p.yaml, line 8: unknown key 'ruels'"));
}

TEST(Protocol, AMissingKeyIsNamed) {
  EXPECT_THAT(complaint("name: mine\n", ""), StartsWith("p.yaml, line 1: 'name' is missing"));
  EXPECT_THAT(complaint("  open: \"{question}\"\n", ""), StartsWith("p.yaml, line 4: 'open' is missing"));
  EXPECT_THAT(complaint("source: last_box, ", ""), StartsWith("p.yaml, line 8: 'source' is missing"));
  EXPECT_THAT(message_of(parse_protocol("name: x\n", "p.yaml")), StartsWith("p.yaml, line 1: 'extraction' is missing"));
}

TEST(Protocol, ATemplateWithoutItsQuestionOrOptionsIsRefused) {
  EXPECT_THAT(complaint("open: \"{question}\"", "open: \"{qustion}\""),
              StartsWith("p.yaml, line 6: the template 'open' has no {question}"));
  EXPECT_THAT(complaint(" {options}", ""), StartsWith("p.yaml, line 4: the template 'mcq' has no {options}"));
  EXPECT_THAT(complaint("{letter}) ", ""), StartsWith("p.yaml, line 2: 'option_line' has no {letter}"));
  EXPECT_THAT(complaint("{text}", "{txt}"), StartsWith("p.yaml, line 2: 'option_line' has no {text}"));
}

TEST(Protocol, AnEvaluatorStandsAlone) {
  const std::string rules = "source: last_box, rules: [a, b]";
  EXPECT_THAT(complaint(rules, "evaluator: e, rules: [a]"),
              StartsWith("p.yaml, line 8: 'rules' has no meaning beside an evaluator"));
  std::string text = protocol_text();
  text.replace(text.find(rules), rules.size(), "evaluator: e");
  EXPECT_EQ(parse_protocol(text, "p.yaml").value().extraction.evaluator, "e");
}

TEST(Protocol, VariantsAreReadAndTheFirstThatMatchesCounts) {
  const std::string variants =
      "variants:\n  - {for: [\"slake*\"], templates: {open: \"S {question}\"}}\n"
      "  - {for: [other, \"s*\"], option_line: \"{letter}: {text}\", image_policy: first_only}\n";
  const auto protocol = parse_protocol(protocol_text() + variants, "p.yaml");
  ASSERT_TRUE(protocol) << message_of(protocol);
  EXPECT_EQ(protocol_for(*protocol, "slake:zh").templates.at(Kind::open), "S {question}");
  EXPECT_EQ(protocol_for(*protocol, "slake:zh").option_line, protocol->option_line);
  EXPECT_EQ(protocol_for(*protocol, "svqa").image_policy, ImagePolicy::first_only);
  EXPECT_EQ(protocol_for(*protocol, "pathvqa").templates, protocol->templates);
  EXPECT_THAT(
      message_of(parse_protocol(protocol_text() + "variants:\n  - {option_line: \"{letter} {text}\"}\n", "p.yaml")),
      testing::HasSubstr("a variant is for no benchmark"));
  EXPECT_THAT(message_of(parse_protocol(protocol_text() + "variants:\n  - {for: x, evaluator: e}\n", "p.yaml")),
              testing::HasSubstr("the protocol itself has no evaluator"));
}

TEST(Protocol, DecodingThatMakesNoSenseIsRefused) {
  for (const auto* value : {"0", "-5", "99999999999", "1e3", "all", "[]"}) {
    EXPECT_THAT(complaint("max_new_tokens: 7", std::string("max_new_tokens: ") + value),
                StartsWith("p.yaml, line 7: 'max_new_tokens' must be "))
        << value;
  }
  for (const auto* value : {"-0.1", "nan", "inf", "-inf", "1e999", "warm"}) {
    EXPECT_THAT(complaint("temperature: 0.5", std::string("temperature: ") + value),
                StartsWith("p.yaml, line 7: 'temperature' must "))
        << value;
  }
  EXPECT_THAT(complaint("seed: 9", "seed: -1"), StartsWith("p.yaml, line 7: 'seed' must be a whole number"));
  EXPECT_EQ(complaint("seed: 9", "seed: 18446744073709551615"), "(no error)");
}

TEST(Protocol, SaysWhereImagesGo) {
  const auto policy = [](const std::string& line) {
    return parse_protocol(line + protocol_text(), "p.yaml").value().image_policy;
  };
  EXPECT_EQ(policy(""), ImagePolicy::interleave);
  EXPECT_EQ(policy("image_policy: interleave\n"), ImagePolicy::interleave);
  EXPECT_EQ(policy("image_policy: images_first\n"), ImagePolicy::images_first);
  EXPECT_EQ(policy("image_policy: first_only\n"), ImagePolicy::first_only);
  for (const std::string wrong : {"first", "''", "Interleave"}) {
    EXPECT_THAT(message_of(parse_protocol("title: T\nimage_policy: " + wrong + "\n" + protocol_text(), "p.yaml")),
                testing::AllOf(StartsWith("p.yaml, line 2: unknown image policy '"),
                               HasSubstr("known: interleave, images_first, images_last, first_only")))
        << wrong;
  }
  EXPECT_THAT(message_of(parse_protocol("image_policy: [interleave]\n" + protocol_text(), "p.yaml")),
              StartsWith("p.yaml, line 1: "));
}

TEST(Protocol, ItsNameIsFitForAFolder) {
  EXPECT_THAT(complaint("name: mine", "name: ../mine"), StartsWith("p.yaml, line 1: '../mine' cannot be a name"));
}

TEST(Protocol, WhatIsNoProtocolIsAnErrorThatNamesTheFile) {
  for (const auto* text : {"", "- a", "name: [", "name: x\ntemplates: text", "name: x\ntemplates: {mcq: [a]}"}) {
    EXPECT_THAT(message_of(parse_protocol(text, "p.yaml")), StartsWith("p.yaml")) << text;
  }
}

TEST(Protocol, TheHashIsOfTheText) {
  EXPECT_NE(parse_protocol(protocol_text() + "# a word\n", "p.yaml")->hash,
            parse_protocol(protocol_text(), "p.yaml")->hash);
  EXPECT_EQ(parse_protocol(protocol_text(), "q.yaml")->hash, parse_protocol(protocol_text(), "p.yaml")->hash);
}

TEST(FindProtocol, AnUnknownNameGetsTheKnownOnes) {
  const auto protocol = find_protocol("papier");
  ASSERT_FALSE(protocol);
  EXPECT_EQ(protocol.error().code, ErrorCode::usage);
  EXPECT_THAT(protocol.error().message(),
              StartsWith("there is no protocol 'papier'; known: direct, exact-match, lenient, likelihood, "
                         "likelihood-text, medevalkit, medxpertqa-official, mmmu-official, paper, vlmevalkit"));
}

TEST(FindProtocol, APathIsRead) {
  const auto path = std::filesystem::temp_directory_path() / "osler_protocol_test.yaml";
  { std::ofstream(path) << protocol_text(); }
  EXPECT_EQ(find_protocol(path.string())->name, "mine");
  { std::ofstream(path) << "name: x\nnmae: y\n"; }
  EXPECT_THAT(message_of(find_protocol(path.string())), StartsWith(path.string() + ", line 2: unknown key 'nmae'"));
  std::filesystem::remove(path);
  EXPECT_EQ(find_protocol(path.string()).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace osler
