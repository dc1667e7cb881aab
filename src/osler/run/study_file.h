#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/run/ablation.h"

namespace osler {

/// A model of a study.
struct StudyModel {
  std::string name = {};          ///< As tables have it; names the folder of its runs.
  std::string model = {};         ///< As --model takes it.
  std::string group = {};         ///< "general", "medical" or another; empty: the class that the model's card says.
  std::string size = {};          ///< Models of one size are compared with each other: "7B". May be empty.
  std::string published_as = {};  ///< Its name in the published table; empty: `name`.
  std::vector<std::string> options = {};  ///< Of `osler run`, for this model: "--parallel", "64".
};

/// The phantom, for studies that need no data of others: drawn before the first run, with the two models that come
/// with Osler beside it.
struct StudyPhantom {
  std::uint64_t seed = 0;
  std::uint64_t images = 0;
};

/// What the findings take for large enough to matter, said before anything is measured. Shares, not points.
struct StudyMargins {
  double match = 0.03;   ///< General models match medical ones if they are not further below.
  double spread = 0.05;  ///< Benchmarks differ if their accuracies' standard deviation is above.
};

/// Models x benchmarks x protocols, to be run and reported together: studies/*.yaml.
struct Study {
  std::string name;
  std::string title;
  std::string citation;
  std::vector<std::string> protocols;   ///< Names or paths; the first is the one that the tables are of.
  std::vector<std::string> benchmarks;  ///< Row sets and suites, in the order of the tables.
  std::vector<Ablation> controls;
  std::vector<StudyModel> models;
  std::vector<std::string> options;  ///< Of `osler run`, for all models.
  std::string published;             ///< A published table that stands beside the study's; may be empty.
  std::string policy;                ///< A reliability policy; may be empty.
  std::string labels;                ///< Predicted labels of capability, as --labels takes them; may be empty.
  StudyMargins margins;
  std::optional<StudyPhantom> phantom;
};

/// Parses a study; errors name the line of `file`.
[[nodiscard]] Result<Study> parse_study(const std::string& text, const std::string& file);

/// A study by name (those that travel in the binary) or by path (anything that ends in .yaml or .yml).
[[nodiscard]] Result<Study> find_study(const std::string& name_or_path);

[[nodiscard]] std::vector<std::string> study_names();

}  // namespace osler
