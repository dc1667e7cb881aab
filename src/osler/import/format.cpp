#include "osler/import/format.h"

#include <array>
#include <utility>

namespace osler {
namespace {

constexpr std::array<std::pair<RecordFormat, std::string_view>, 7> kNames = {{
    {RecordFormat::medevalkit, "medevalkit"},
    {RecordFormat::vlmevalkit, "vlmevalkit"},
    {RecordFormat::lmms_eval, "lmms-eval"},
    {RecordFormat::lm_eval, "lm-eval"},
    {RecordFormat::mmmu, "mmmu"},
    {RecordFormat::medxpertqa, "medxpertqa"},
    {RecordFormat::table, "table"},
}};

}  // namespace

std::string_view name_of(RecordFormat format) { return kNames.at(static_cast<std::size_t>(format)).second; }

std::optional<RecordFormat> record_format_from(std::string_view name) {
  for (const auto& [format, known] : kNames) {
    if (known == name) return format;
  }
  return std::nullopt;
}

std::vector<std::string> record_format_names() {
  std::vector<std::string> names;
  for (const auto& [format, name] : kNames) names.emplace_back(name);
  return names;
}

}  // namespace osler
