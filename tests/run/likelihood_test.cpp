// Runs in which options are scored instead of answers being written.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "osler/run/journal.h"
#include "osler/run/recorded_run.h"
#include "run/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using Lines = std::vector<std::string>;

/// B is the likeliest letter, A the likeliest text.
Response scored(const Request& request) {
  Response response;
  response.item_id = request.item_id;
  if (!request.scoring) {
    response.text = "a nodule";
    return response;
  }
  for (std::size_t i = 0; i < request.scoring->options.size(); ++i) {
    response.option_scores.push_back({i == 1 ? -0.5 : -2.0, i == 0 ? -1.0 : -50.0, 3, -10.0});
  }
  return response;
}

class LikelihoodTest : public testing::Test {
 protected:
  void SetUp() override { engine_.reply = scored; }

  [[nodiscard]] RunSpec spec(const std::string& protocol, Ablation ablation = Ablation::none) const {
    RunSpec made = spec_for(made_up_rows(6, folder_.path() / "images"), out());
    made.protocol = find_protocol(protocol).value();
    made.ablation = ablation;
    Item& open = made.rows.items[5];
    open.kind = Kind::open;
    open.options.clear();
    open.gold_option.reset();
    open.gold = "a nodule";
    return made;
  }
  [[nodiscard]] fs::path out() const { return folder_.path() / "run"; }
  [[nodiscard]] Lines query(const std::string& sql) const { return query_grades(out(), sql); }
  [[nodiscard]] std::string refusal(const std::string& protocol) const {
    const auto rules = rule_set_for(out(), read_manifest(out()).value(), protocol);
    return rules ? "(none)" : rules.error().message();
  }

  TemporaryFolder folder_;
  ScriptedEngine engine_;
};

TEST_F(LikelihoodTest, RequestsAskForScoresOfTheItemsThatHaveOptions) {
  for (const auto ablation : {Ablation::none, Ablation::no_image, Ablation::shuffled_image}) {
    std::vector<Request> requests;
    engine_.reply = [&requests](const Request& request) {
      requests.push_back(request);
      return scored(request);
    };
    RunSpec made = spec("likelihood", ablation);
    made.folder = out() / std::string(name_of(ablation));
    ASSERT_TRUE(run(made, engine_).has_value());
    ASSERT_EQ(requests.size(), 6U);
    for (const auto& request : requests) {
      const bool open = request.item_id == "item 5";
      ASSERT_EQ(request.scoring.has_value(), !open) << request.item_id;
      EXPECT_EQ(request.images.size(), ablation == Ablation::no_image ? 0U : 1U);
      if (open) {
        EXPECT_THAT(request.letters, ElementsAre());
        continue;
      }
      EXPECT_THAT(request.letters, ElementsAre("A", "B", "C"));
      ASSERT_EQ(request.scoring->options.size(), 3U);
      EXPECT_EQ(request.scoring->options[1].text, "a nodule");
      EXPECT_FALSE(request.scoring->unconditional.messages.back().parts.front().image);
    }
  }
}

TEST_F(LikelihoodTest, GeneratedAnswersHaveLettersToMarkAndNothingToScore) {
  std::vector<Request> requests;
  engine_.reply = [&requests](const Request& request) {
    requests.push_back(request);
    return boxed_b(request);
  };
  ASSERT_TRUE(run(spec("paper"), engine_).has_value());
  EXPECT_FALSE(requests.front().scoring);
  EXPECT_THAT(requests.front().letters, ElementsAre("A", "B", "C"));
  EXPECT_THAT(requests.back().letters, ElementsAre());
}

TEST_F(LikelihoodTest, GradesAreByTheScoreThatTheProtocolNames) {
  ASSERT_TRUE(run(spec("likelihood"), engine_).has_value());
  EXPECT_EQ(query("SELECT answer, answer_option, outcome, parsed, rule, span_begin, answer_probability > 0.69 AND "
                  "answer_probability < 0.70 FROM grades WHERE item_id IN ('item 0', 'item 1') ORDER BY item_id"),
            (Lines{"B | 1 | correct | 1 | likelihood_letter | NULL | true",
                   "B | 1 | wrong | 1 | likelihood_letter | NULL | true"}));
  EXPECT_EQ(query("SELECT answer, outcome, rule, answer_probability FROM grades WHERE item_id = 'item 5'"),
            Lines{"a nodule | correct | open_text | NULL"});
}

TEST_F(LikelihoodTest, ARunIsGradedAgainByAnotherScoreWithoutItsModel) {
  ASSERT_TRUE(run(spec("likelihood"), engine_).has_value());
  const auto rules = rule_set_for(out(), read_manifest(out()).value(), "likelihood-text");
  ASSERT_TRUE(rules.has_value()) << rules.error().message();
  ASSERT_EQ(grade_run(out(), rules->protocol, rules->grader).value_or(0), 6U);
  EXPECT_EQ(query("SELECT DISTINCT answer, rule, graded_by, protocol FROM grades WHERE kind = 'mcq'"),
            Lines{"A | likelihood_text_per_byte | likelihood-text | likelihood"});
}

TEST_F(LikelihoodTest, AProtocolThatCannotReadARunIsRefusedWithTheWayOut) {
  ASSERT_TRUE(run(spec("likelihood"), engine_).has_value());
  for (const auto* protocol : {"paper", "direct", "mmmu-official"}) {
    EXPECT_THAT(refusal(protocol), HasSubstr("holds scores of the options")) << protocol;
    EXPECT_THAT(refusal(protocol), HasSubstr("likelihood-text")) << protocol;
  }
  fs::remove_all(out());
  engine_.reply = boxed_b;
  ASSERT_TRUE(run(spec("paper"), engine_).has_value());
  EXPECT_THAT(refusal("likelihood"), HasSubstr("holds what the model wrote"));
  EXPECT_THAT(refusal("likelihood"), HasSubstr("osler run --protocol likelihood"));
  EXPECT_EQ(refusal("lenient"), "(none)");
}

TEST_F(LikelihoodTest, LettersThatThePromptDidNotShowDecideNothing) {
  ASSERT_TRUE(run(spec("likelihood-text"), engine_).has_value());
  EXPECT_THAT(refusal("likelihood"), HasSubstr("was asked without listing the options"));
  EXPECT_EQ(refusal("likelihood-text"), "(none)");
}

TEST_F(LikelihoodTest, AllProtocolsAreThoseThatCanReadTheRun) {
  const auto names = [&] {
    std::vector<std::string> list;
    const auto recorded = read_recorded_run(out());
    const auto sets = rule_sets_for(*recorded, {"all"});
    for (const auto& set : *sets) list.push_back(set.name());
    return list;
  };
  ASSERT_TRUE(run(spec("likelihood"), engine_).has_value());
  EXPECT_THAT(names(), ElementsAre("likelihood", "likelihood-text"));
  fs::remove_all(out());
  engine_.reply = boxed_b;
  ASSERT_TRUE(run(spec("paper"), engine_).has_value());
  EXPECT_THAT(names(), testing::Contains("direct"));
  EXPECT_THAT(names(), testing::Not(testing::Contains(HasSubstr("likelihood"))));
}

TEST_F(LikelihoodTest, ARunIsNotGoneOnWithUnderOtherScoring) {
  ASSERT_TRUE(run(spec("likelihood"), engine_).has_value());
  auto other = spec("likelihood");
  std::string text = other.protocol.text;
  const std::string letter = "choose: letter\n";
  text.replace(text.find(letter), letter.size(), "choose: text\n");
  other.protocol = parse_protocol(text, "mine.yaml").value();
  const auto again = run(other, engine_);
  ASSERT_FALSE(again.has_value());
  EXPECT_THAT(again.error().message(), HasSubstr("protocol_sha256"));
}

TEST_F(LikelihoodTest, TheProbabilityOfAWrittenLetterStandsInItsRow) {
  engine_.reply = [](const Request& request) {
    auto response = boxed_b(request);
    if (request.item_id == "item 0") response.letter_marks = {{response.text.size() - 2, std::log(0.25)}};
    return response;
  };
  ASSERT_TRUE(run(spec("paper"), engine_).has_value());
  EXPECT_EQ(query("SELECT answer_probability FROM grades ORDER BY item_id LIMIT 2"), (Lines{"0.250000", "NULL"}));
  const auto protocol = find_protocol("paper");
  ASSERT_TRUE(grade_run(out(), *protocol, *make_grader(*protocol)).has_value());
  EXPECT_EQ(query("SELECT answer_probability FROM grades ORDER BY item_id LIMIT 2"), (Lines{"0.250000", "NULL"}))
      << "from the journal, too";
}

}  // namespace
}  // namespace osler::test
