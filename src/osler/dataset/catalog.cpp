#include "osler/dataset/catalog.h"

#include "osler/storage/shipped.h"

namespace osler {
namespace {

constexpr ShippedKind kCards{"benchmarks/", "benchmark", "a card of your own", true};

}  // namespace

std::vector<std::string> benchmark_names() { return shipped_names(kCards); }

Result<Card> find_card(const std::string& name_or_path) {
  const auto found = find_shipped(kCards, name_or_path);
  if (!found) return pass(found);
  return parse_card(found->text, found->file);
}

}  // namespace osler
