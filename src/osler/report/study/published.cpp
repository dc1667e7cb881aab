#include "osler/report/study/published.h"

namespace osler::report {
namespace {

/// Letters and digits alone, in lower case.
std::string key_of(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') key += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) key += c;
  }
  return key;
}

}  // namespace

std::optional<double> PublishedTable::find(std::string_view model, std::string_view benchmark,
                                           std::string_view stratum) const {
  const std::string wanted_model = key_of(model);
  const std::string wanted = key_of(benchmark.substr(0, benchmark.find_first_of(":/")));
  for (const auto& figure : figures) {
    const std::string theirs = key_of(figure.benchmark);
    if (!theirs.empty() && wanted.starts_with(theirs) && key_of(figure.model) == wanted_model &&
        figure.stratum == stratum) {
      return figure.accuracy;
    }
  }
  return std::nullopt;
}

}  // namespace osler::report
