// osler capability, and what runs and reports make of its labels: the whole way against a truth that is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "cli/capability_phantoms.h"
#include "osler/storage/duckdb.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

using Capability = CapabilityPhantoms;

TEST_F(Capability, TheCorrectedSplitFindsWhatLabelsBlur) {
  const auto trained = train();
  EXPECT_FALSE(trained["no_better_than_majority"].get<bool>());
  EXPECT_GT(trained["auroc"]["value"].get<double>(), 0.6);
  EXPECT_LT(trained["auroc"]["value"].get<double>(), 0.95);
  const auto labels = label();
  EXPECT_EQ(labels["predicted"], 480);
  EXPECT_TRUE(labels["errors_fit"].get<bool>());
  ASSERT_EQ(run({"--labels", "labels", "--out", "r1"}).status, 0);
  for (const int reasoning : {0, 1}) {
    const auto row = stratum("r1", reasoning == 1 ? "reasoning" : "understanding");
    EXPECT_THAT(row["capability_source"].get<std::string>(), testing::StartsWith("classifier "));
    const auto& corrected = row["split"]["corrected"];
    EXPECT_LE(corrected["low"].get<double>(), true_accuracy(reasoning));
    EXPECT_GE(corrected["high"].get<double>(), true_accuracy(reasoning));
    // The blur of the labels is larger than the error of the correction.
    const double hard_error = std::abs(row["accuracy"].get<double>() - true_accuracy(reasoning));
    const double corrected_error = std::abs(corrected["accuracy"].get<double>() - true_accuracy(reasoning));
    EXPECT_GT(hard_error, 0.05);
    EXPECT_LT(corrected_error, hard_error);
    EXPECT_TRUE(row["split"]["warning"].is_null());
  }
  const auto text = osler({"report", "r1"});
  EXPECT_THAT(text.out, HasSubstr("Understanding and reasoning by predicted labels"));
  EXPECT_THAT(unwrapped(text.out), HasSubstr("nested cross-validation on 480 items"));
  const auto csv = osler({"report", "r1", "--format", "csv"});
  EXPECT_THAT(csv.out, HasSubstr("accuracy_corrected,corrected_low,corrected_high"));
  EXPECT_THAT(osler({"report", "r1", "--format", "markdown"}).out, HasSubstr("| reasoning - understanding |"));
}

TEST_F(Capability, RunsKeepTheirLabelsAndGradingFindsThemAgain) {
  train();
  label();
  ASSERT_EQ(run({"--out", "r2"}).status, 0);
  EXPECT_THAT(osler({"report", "r2"}).out, Not(HasSubstr("by predicted labels")));
  const auto labelled = osler({"grade", "r2", "--labels", "labels"});
  ASSERT_EQ(labelled.status, 0) << labelled.err;
  EXPECT_THAT(labelled.out, HasSubstr("by predicted labels"));
  EXPECT_TRUE(fs::exists(run_folder("r2") / "capability.parquet"));
  fs::remove_all(folder() / "labels");
  ASSERT_EQ(osler({"grade", "r2"}).status, 0);
  const auto row = stratum("r2", "reasoning");
  EXPECT_GT(row["n"].get<int>(), 0);
  auto database = Database::open();
  const auto file = sql_quote((run_folder("r2") / "grades.parquet").string());
  auto rows = database->query("SELECT count(*)::BIGINT, count(capability_probability)::BIGINT FROM " + file +
                              " WHERE capability_source LIKE 'classifier %'");
  ASSERT_TRUE(rows);
  const auto counts = rows->next();
  ASSERT_TRUE(counts);
  EXPECT_EQ(std::get<std::int64_t>(counts->at(0)), 480);
  EXPECT_EQ(std::get<std::int64_t>(counts->at(1)), 480);
  // What was asked is not changed by what is thought of it.
  EXPECT_THAT(content(run_folder("r2") / "items.jsonl"), Not(HasSubstr("\"reasoning\"")));
}

TEST_F(Capability, RunsOfOneCapabilityAskTheItemsThatAreLabelledSo) {
  train();
  const auto labels = label();
  ASSERT_EQ(run({"--labels", "labels", "--capability", "reasoning", "--out", "r3"}).status, 0);
  const auto row = stratum("r3", "all");
  EXPECT_EQ(row["n"], labels["reasoning"]);
  EXPECT_EQ(row["benchmark"], "ward/reasoning");
  EXPECT_EQ(run({"--capability", "reasoning", "--out", "r4"}).status, 1);
}

TEST_F(Capability, PeoplesLabelsCountAndTellHowTheClassifierErrs) {
  train();
  label();
  const auto sampled = osler({"capability", "sample", "--benchmark", "ward/ward.yaml", "--data", "ward", "--labels",
                              "labels", "-n", "150", "--output", "sample.csv"});
  ASSERT_EQ(sampled.status, 0) << sampled.err;
  const std::string sample = content(folder() / "sample.csv");
  EXPECT_THAT(sample, testing::StartsWith("item,stratum,stratum_items,label,question,options,images\n"));
  EXPECT_THAT(sample, Not(HasSubstr("reasoning")));
  // A person who knows the truth fills in the column.
  std::map<std::string, bool> truth;
  for (const auto& item : items_of("ward")) truth[item["id"]] = is_reasoning(item);
  std::istringstream lines(sample);
  std::ofstream out(folder() / "people.csv");
  std::size_t filled = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto id = line.substr(1, line.find('"', 1) - 1);
    const auto at = line.find(",,");
    if (truth.contains(id) && at != std::string::npos) {
      line.insert(at + 1, truth[id] ? "reasoning" : "U");
      ++filled;
    }
    out << line << '\n';
  }
  out.close();
  ASSERT_EQ(filled, 150U);
  const auto labels = label({"--human", "people.csv"});
  EXPECT_EQ(labels["human"], 150);
  EXPECT_EQ(labels["predicted"], 330);
  EXPECT_THAT(labels["measured_on"].get<std::string>(), HasSubstr("150 items of ward"));
  // A spreadsheet may have put semicolons between what is there.
  std::ofstream(folder() / "semicolons.csv") << "item;label\r\n000000-0;reasoning\r\n000000-1;u\r\n";
  EXPECT_EQ(label({"--human", "semicolons.csv", "--output", "other-labels"})["human"], 2);
  ASSERT_EQ(run({"--labels", "labels", "--out", "r5"}).status, 0);
  for (const int reasoning : {0, 1}) {
    const auto row = stratum("r5", reasoning == 1 ? "reasoning" : "understanding");
    EXPECT_THAT(row["capability_source"].get<std::string>(), HasSubstr(" and human"));
    EXPECT_LE(row["split"]["corrected"]["low"].get<double>(), true_accuracy(reasoning));
    EXPECT_GE(row["split"]["corrected"]["high"].get<double>(), true_accuracy(reasoning));
  }
  // Sizes of strata that are not those of the sample would weigh its items wrongly.
  std::string inflated = content(folder() / "people.csv");
  for (const std::string filled_in : {",reasoning,", ",U,"}) {
    for (auto at = inflated.find(filled_in); at != std::string::npos; at = inflated.find(filled_in, at + 2)) {
      inflated.insert(inflated.rfind(',', at - 1) + 1, "3");
    }
  }
  std::ofstream(folder() / "bad.csv") << inflated;
  EXPECT_THAT(osler({"capability", "label", "--benchmark", "ward/ward.yaml", "--data", "ward", "--embedding",
                     "file:ward.jsonl", "--classifier", "noisy.json", "--human", "bad.csv"})
                  .err,
              HasSubstr("the strata of people's labels hold"));
  std::ofstream(folder() / "bad.csv") << "item,label\n\"nowhere\",reasoning\n";
  EXPECT_THAT(osler({"capability", "label", "--benchmark", "ward/ward.yaml", "--data", "ward", "--embedding",
                     "file:ward.jsonl", "--classifier", "noisy.json", "--human", "bad.csv"})
                  .err,
              HasSubstr("'nowhere'"));
  std::ofstream(folder() / "bad.csv") << "item,label\n\"x\",perhaps\n";
  EXPECT_THAT(osler({"capability", "label", "--benchmark", "ward/ward.yaml", "--data", "ward", "--embedding",
                     "file:ward.jsonl", "--classifier", "noisy.json", "--human", "bad.csv"})
                  .err,
              HasSubstr("line 2"));
}

TEST_F(Capability, GoldLabelsAlwaysCount) {
  train();
  const auto labelled = osler({"capability", "label", "--benchmark", "lab/phantom.yaml", "--data", "lab", "--embedding",
                               "file:lab.jsonl", "--classifier", "noisy.json", "--output", "gold", "--json"});
  ASSERT_EQ(labelled.status, 0) << labelled.err;
  const auto labels = json::parse(labelled.out);
  EXPECT_EQ(labels["gold"], 480);
  EXPECT_EQ(labels["predicted"], 0);
  EXPECT_EQ(
      osler({"capability", "sample", "--benchmark", "lab/phantom.yaml", "--data", "lab", "--labels", "gold"}).status,
      1);
}

TEST_F(Capability, AClassifierIsRefusedOnAnotherEmbedding) {
  train();
  const auto refused =
      osler({"capability", "label", "--benchmark", "ward/ward.yaml", "--data", "ward", "--classifier", "noisy.json"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("'noisy'"));
  EXPECT_THAT(refused.err, HasSubstr("osler text features"));
  EXPECT_EQ(
      osler({"capability", "train", "--benchmark", "ward/ward.yaml", "--data", "ward", "--output", "x.json"}).status,
      1);
}

TEST_F(Capability, AClassifierIsNotJudgedByWhatItLearnedFrom) {
  train();
  const auto judge = [](const std::string& name) {
    return osler({"capability", "evaluate", "--benchmark", name + "/phantom.yaml", "--data", name, "--embedding",
                  "file:" + name + ".jsonl", "--group-by", "image", "--classifier", "noisy.json", "--json"});
  };
  const auto itself = judge("lab");
  EXPECT_EQ(itself.status, 2);
  EXPECT_THAT(itself.err, HasSubstr("the classifier learned from phantom:test (jsonl)"));
  // By chance some items of the other phantom are the same but for the picture.
  const auto lab = items_of("lab");
  const auto ward = items_of("ward");
  std::size_t same = 0;
  for (std::size_t i = 0; i < lab.size(); ++i) {
    bool is_same = true;
    for (const auto* key : {"id", "question", "options", "answer"}) {
      is_same = is_same && lab[i].value(key, json()) == ward[i].value(key, json());
    }
    same += is_same ? 1U : 0U;
  }
  ASSERT_GT(same, 0U);
  const auto other = judge("ward");
  ASSERT_EQ(other.status, 0) << other.err;
  EXPECT_EQ(json::parse(other.out)["items"], ward.size() - same);
  EXPECT_THAT(other.err, HasSubstr(std::to_string(same) + " of 480 items"));
}

TEST_F(Capability, LabelsThatSayNothingAreCalledSo) {
  std::mt19937_64 random(2);
  for (const std::string name : {"lab", "ward"}) {
    std::ofstream out(folder() / (name + "-noise.jsonl"));
    for (const auto& item : items_of(name)) {
      const double noise = static_cast<double>(random() % 2001) / 1000.0 - 1.0;
      out << json{{"id", item["id"]}, {"vector", {noise}}, {"identity", "noise"}}.dump() << '\n';
    }
  }
  const auto evaluated = osler({"capability", "evaluate", "--benchmark", "lab/phantom.yaml", "--data", "lab",
                                "--embedding", "file:lab-noise.jsonl", "--group-by", "image"});
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_THAT(evaluated.out, HasSubstr("These labels are no better than the majority"));
  ASSERT_EQ(osler({"capability", "train", "--benchmark", "lab/phantom.yaml", "--data", "lab", "--embedding",
                   "file:lab-noise.jsonl", "--group-by", "image", "--output", "noise.json"})
                .status,
            0);
  const auto labelled = osler({"capability", "label", "--benchmark", "ward/ward.yaml", "--data", "ward", "--embedding",
                               "file:ward-noise.jsonl", "--classifier", "noise.json", "--output", "noise-labels"});
  EXPECT_THAT(labelled.out, HasSubstr("a split by these labels says nothing"));
  ASSERT_EQ(run({"--labels", "noise-labels", "--out", "r6"}).status, 0);
  EXPECT_THAT(unwrapped(osler({"report", "r6"}).out), HasSubstr("NO SPLIT: the labels of ward are no better than the"));
}

TEST_F(Capability, SeedsAreWholeNumbers) {
  for (const std::string seed : {"-1", "1e3", "18446744073709551616", "", "7x"}) {
    const auto refused =
        osler({"capability", "train", "--benchmark", "lab/phantom.yaml", "--data", "lab", "--seed", seed});
    EXPECT_EQ(refused.status, 2) << seed;
    EXPECT_THAT(refused.err, HasSubstr("'" + seed + "' is no whole number")) << seed;
  }
}

TEST_F(Capability, LabelsOfAnotherBenchmarkAreRefused) {
  train();
  ASSERT_EQ(osler({"capability", "label", "--benchmark", "lab/phantom.yaml", "--data", "lab", "--embedding",
                   "file:lab.jsonl", "--classifier", "noisy.json", "--output", "elsewhere"})
                .status,
            0);
  const auto none = run({"--labels", "elsewhere", "--out", "r8"});
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("has no labels of ward (ward.parquet)"));
  EXPECT_EQ(run({"--labels", "elsewhere/phantom.parquet", "--out", "r8"}).status, 1);
}

TEST_F(Capability, LabelsOfAnotherTextAreRefused) {
  train();
  label();
  std::string items = content(folder() / "ward/items.jsonl");
  fs::copy(folder() / "ward", folder() / "ward-changed", fs::copy_options::recursive);
  const auto at = items.find("Which imaging method");
  ASSERT_NE(at, std::string::npos);
  items.replace(at, 5, "WHICH");
  std::ofstream(folder() / "ward-changed/items.jsonl") << items;
  const auto refused = osler({"run", "--model", "replay:responses.jsonl", "--benchmark", "ward-changed/ward.yaml",
                              "--data", "ward-changed", "--labels", "labels", "--out", "r7"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("another text of the item"));
}

TEST_F(Capability, AStudyIsSplitByItsLabels) {
  train();
  label();
  std::ofstream(folder() / "study.yaml") << "name: split\nbenchmarks: [ward/ward.yaml]\n"
                                            "models: [{name: model, model: \"replay:responses.jsonl\"}]\n";
  const auto study = [](std::vector<std::string> extra) {
    std::vector<std::string> arguments{"study", "study.yaml", "--data", "ward", "--format", "json"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    const auto result = osler(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    return std::pair{json::parse(result.out), result.err};
  };
  EXPECT_TRUE(study({}).first["splits"].empty());
  // What is finished is labelled and graded again, not asked again.
  const auto [labelled, said] = study({"--labels", "labels"});
  EXPECT_THAT(said, HasSubstr("1 were finished before"));
  ASSERT_EQ(labelled["splits"].size(), 1U);
  for (const int reasoning : {0, 1}) {
    const auto& corrected = labelled["splits"][0][reasoning == 1 ? "reasoning" : "understanding"]["corrected"];
    EXPECT_LE(corrected["ci_low"].get<double>(), true_accuracy(reasoning));
    EXPECT_GE(corrected["ci_high"].get<double>(), true_accuracy(reasoning));
  }
  const auto grades = run_folder("split/runs") / "grades.parquet";
  const auto before = fs::last_write_time(grades);
  std::ofstream(folder() / "study.yaml", std::ios::app) << "labels: labels\n";
  EXPECT_EQ(study({}).first, labelled);
  EXPECT_EQ(fs::last_write_time(grades), before);
  // A place without labels of a benchmark leaves the split out, not the benchmark.
  fs::create_directories(folder() / "no-labels");
  EXPECT_THAT(study({"--labels", "no-labels"}).second, HasSubstr("no-labels has no labels of ward"));
}

}  // namespace
}  // namespace osler::test
