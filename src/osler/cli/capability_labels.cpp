#include "osler/cli/capability_labels.h"

#include <fmt/format.h>

#include <filesystem>
#include <initializer_list>

#include "osler/run/ablation.h"

namespace osler::cli {

namespace fs = std::filesystem;

Result<capability::LabelSet> find_labels(const std::string& place, std::string_view benchmark) {
  std::error_code problem;
  if (!fs::is_directory(place, problem)) return capability::read_labels(place);
  std::string_view name = benchmark;
  for (const auto ablation : {Ablation::no_image, Ablation::shuffled_image, Ablation::permuted}) {
    const std::string suffix = "." + std::string(name_of(ablation));
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  for (const auto candidate : {name, name.substr(0, name.find('/'))}) {
    const auto file = fs::path(place) / capability::labels_file_name(candidate);
    if (fs::exists(file, problem)) return capability::read_labels(file);
  }
  return fail(ErrorCode::not_found, fmt::format("has no labels of {} ({})", name, capability::labels_file_name(name)),
              {place}, "make them with 'osler capability label'");
}

}  // namespace osler::cli
