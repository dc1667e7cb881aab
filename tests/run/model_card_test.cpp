#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "osler/run/grading.h"
#include "osler/run/recorded_run.h"
#include "run/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A run of a model that reasons between marks that nobody else has.
class ModelCardOfARun : public testing::Test {
 protected:
  ModelCardOfARun() {
    spec_.model_card = parse_model_card(
                           "name: thinker\ntitle: T\nclass: general\nparameters: 1\nfamily: f\nhub: a/b\nlicence: mit\n"
                           "matches: [thinker*]\nthinking: {open: <<muse>>, close: <<say>>}\n",
                           "thinker.yaml")
                           .value();
    spec_.details["model_repo"] = "a/b";
    engine_.reply = [](const Request& request) {
      Response response = boxed_b(request);
      response.text = "<<muse>>It may be \\boxed{B}.";
      return response;
    };
  }

  [[nodiscard]] std::string steps() const { return query_grades(out(), "SELECT DISTINCT rule FROM grades").at(0); }
  [[nodiscard]] fs::path out() const { return folder_.path() / "run"; }

  TemporaryFolder folder_;
  RunSpec spec_ = spec_for(made_up_rows(4, folder_.path() / "images"), out());
  ScriptedEngine engine_;
};

TEST_F(ModelCardOfARun, IsKeptAndStandsInTheManifest) {
  ASSERT_TRUE(run(spec_, engine_));
  EXPECT_EQ(read(out() / kModelCardFile), spec_.model_card->text);
  const auto manifest = read_manifest(out()).value();
  EXPECT_EQ(manifest.details.at("model_card"), "thinker");
  EXPECT_EQ(manifest.details.at("model_card_sha256"), spec_.model_card->hash);
  EXPECT_EQ(manifest.details.at("model_repo"), "a/b");
  EXPECT_FALSE(manifest.identity.contains("model_card")) << "what changes answers is there by itself";
  EXPECT_EQ(manifest.identity.at("reasoning"), "<<muse>> ... <<say>>");
}

TEST_F(ModelCardOfARun, ItsMarksCountWhenItIsGradedAndGradedAgain) {
  ASSERT_TRUE(run(spec_, engine_));
  EXPECT_EQ(steps(), "unclosed_thinking");
  const auto before = all_grades(out());
  fs::remove(out() / "grades.parquet");
  const auto rules = rule_set_for(out(), read_manifest(out()).value(), "");
  ASSERT_TRUE(rules) << rules.error().message();
  ASSERT_TRUE(grade_run(out(), rules->protocol, rules->grader));
  EXPECT_EQ(all_grades(out()), before);
}

TEST_F(ModelCardOfARun, WithMarksIsNotLeftOutByALaterStart) {
  ASSERT_TRUE(run(spec_, engine_));
  spec_.model_card.reset();
  const auto again = run(spec_, engine_);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), HasSubstr("reasoning"));
  EXPECT_EQ(steps(), "unclosed_thinking");
}

TEST_F(ModelCardOfARun, WithoutMarksGoesWhenTheRunGoesOnWithoutIt) {
  spec_.model_card->thinking.reset();
  ASSERT_TRUE(run(spec_, engine_));
  spec_.model_card.reset();
  ASSERT_TRUE(run(spec_, engine_));
  EXPECT_FALSE(fs::exists(out() / kModelCardFile));
}

TEST_F(ModelCardOfARun, ADamagedOneIsNamed) {
  ASSERT_TRUE(run(spec_, engine_));
  write(out() / kModelCardFile, "name: [\n");
  const auto rules = rule_set_for(out(), read_manifest(out()).value(), "");
  ASSERT_FALSE(rules);
  EXPECT_THAT(rules.error().message(), HasSubstr("model-card.yaml"));
}

}  // namespace
}  // namespace osler::test
