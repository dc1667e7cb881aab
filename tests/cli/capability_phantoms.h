#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/command.h"

namespace osler::test {

inline std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// Two phantoms: "lab" with gold labels to learn from, "ward" with the same kind of items and a card without labels.
class CapabilityPhantoms : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    truth_[0] = truth_[1] = {};
    for (const auto& [name, seed] : {std::pair{"lab", "5"}, std::pair{"ward", "6"}}) {
      const auto made = osler({"phantom", "generate", "--seed", seed, "--images", "60", "--out", name});
      ASSERT_EQ(made.status, 0) << made.err;
    }
    std::istringstream card(content(folder() / "ward/phantom.yaml"));
    std::ofstream out(folder() / "ward/ward.yaml");
    bool in_capability = false;
    for (std::string line; std::getline(card, line);) {
      if (line.starts_with("    capability:"))
        in_capability = true;
      else if (!line.starts_with("      "))
        in_capability = false;
      if (!in_capability) out << (line == "name: phantom" ? "name: ward" : line) << '\n';
    }
    write_vectors();
    write_responses();
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static const std::filesystem::path& folder() { return folder_->path(); }

  static CommandResult osler(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(OSLER_BINARY_DIR) + "/bin/osler");
    return run_command(arguments, {.folder = folder()});
  }

  static std::vector<nlohmann::json> items_of(const std::string& name) {
    std::vector<nlohmann::json> items;
    std::ifstream in(folder() / name / "items.jsonl");
    for (std::string line; std::getline(in, line);) items.push_back(nlohmann::json::parse(line));
    return items;
  }

  static bool is_reasoning(const nlohmann::json& item) { return item["capability"] == "reasoning"; }

  /// Vectors that tell the truth with much noise, so that the classifier errs; of both phantoms alike.
  static void write_vectors() {
    std::mt19937_64 random(4);
    for (const std::string name : {"lab", "ward"}) {
      std::ofstream out(folder() / (name + ".jsonl"));
      for (const auto& item : items_of(name)) {
        const auto noise = [&] { return static_cast<double>(random() % 2001) / 1000.0 - 1.0; };
        const double first = (is_reasoning(item) ? 0.45 : -0.45) + noise();
        out << nlohmann::json{{"id", item["id"]}, {"vector", {first, noise()}}, {"identity", "noisy"}}.dump() << '\n';
      }
    }
  }

  /// A model that is right in 85% of understanding and 35% of reasoning.
  static void write_responses() {
    std::mt19937_64 random(8);
    std::ofstream out(folder() / "responses.jsonl");
    for (const auto& item : items_of("ward")) {
      const bool right = random() % 100 < (is_reasoning(item) ? 35U : 85U);
      std::string answer = right ? item["answer"].get<std::string>() : "nothing of the kind";
      if (!right && item["kind"] == "yes_no") answer = item["answer"] == "yes" ? "no" : "yes";
      out << nlohmann::json{{"id", item["id"]}, {"text", "\\boxed{" + answer + "}"}}.dump() << '\n';
      auto& [n, correct] = truth_[is_reasoning(item) ? 1 : 0];
      n += 1.0;
      correct += right ? 1.0 : 0.0;
    }
  }

  static double true_accuracy(int reasoning) { return truth_[reasoning].second / truth_[reasoning].first; }

  static nlohmann::json train() {
    const auto trained =
        osler({"capability", "train", "--benchmark", "lab/phantom.yaml", "--data", "lab", "--embedding",
               "file:lab.jsonl", "--group-by", "image", "--output", "noisy.json", "--json"});
    EXPECT_EQ(trained.status, 0) << trained.err;
    return trained.status == 0 ? nlohmann::json::parse(trained.out) : nlohmann::json();
  }

  static nlohmann::json label(std::vector<std::string> extra = {}) {
    std::vector<std::string> arguments{"capability",   "label",      "--benchmark", "ward/ward.yaml",
                                       "--data",       "ward",       "--embedding", "file:ward.jsonl",
                                       "--classifier", "noisy.json", "--json"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    const auto labelled = osler(arguments);
    EXPECT_EQ(labelled.status, 0) << labelled.err;
    return labelled.status == 0 ? nlohmann::json::parse(labelled.out) : nlohmann::json();
  }

  static CommandResult run(std::vector<std::string> extra) {
    std::vector<std::string> arguments{"run",    "--model", "replay:responses.jsonl", "--benchmark", "ward/ward.yaml",
                                       "--data", "ward"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    return osler(arguments);
  }

  static nlohmann::json stratum(const std::string& runs, const std::string& name) {
    const auto report = osler({"report", runs, "--format", "json"});
    EXPECT_EQ(report.status, 0) << report.err;
    for (const auto& row : nlohmann::json::parse(report.out)) {
      if (row["stratum"] == name) return row;
    }
    return {};
  }

  static std::filesystem::path run_folder(const std::string& runs) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder() / runs)) {
      if (entry.path().filename() == "manifest.json") return entry.path().parent_path();
    }
    return {};
  }

 private:
  static inline std::unique_ptr<TemporaryFolder> folder_;
  static inline std::pair<double, double> truth_[2] = {};
};

}  // namespace osler::test
