#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/capability/labels.h"
#include "osler/core/error.h"
#include "osler/dataset/loader.h"
#include "osler/report/report.h"
#include "osler/run/grades_file.h"
#include "osler/run/manifest.h"

namespace osler::cli {

/// The labels of a benchmark, by the name that tables give it, where --labels says: a file, or a folder with a file of
/// that name. Labels of the whole split will do for a subset or a control of it.
[[nodiscard]] Result<capability::LabelSet> find_labels(const std::string& place, std::string_view benchmark);

/// What comes of a place that has no labels of a benchmark.
enum class WithoutLabels { is_an_error, go_on };

/// load_row_set, with the labels of `place` (--labels; may be empty), which are set where there are some. Items of one
/// capability are then those that the benchmark or a label calls so. A benchmark that labels all of its items needs
/// none.
[[nodiscard]] Result<RowSet> load_labelled_row_set(const Card& card, const RowSetRequest& request,
                                                   const DataPlaces& places, const std::string& place,
                                                   WithoutLabels without, std::optional<capability::LabelSet>& labels);

/// Keeps the labels of a recorded run in its folder; those of another text than was asked are an error.
[[nodiscard]] Status label_run(const std::filesystem::path& folder, const Manifest& manifest, const std::string& place);

/// Where the labels of a run's grades come from, and how far they are to be believed.
[[nodiscard]] Status add_label_facts(const std::filesystem::path& folder, const std::vector<GradeRow>& rows,
                                     report::RunGrades& grades);

}  // namespace osler::cli
