#include "osler/capability/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <utility>

#include "osler/stats/random.h"

namespace osler::capability {
namespace {

constexpr double kConfidence = 0.95;
constexpr std::size_t kParts = 3;

template <class T>
void shuffle(std::vector<T>& values, stats::Random& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.next() % i]);
}

/// Items by label and part of probability; empty strata are left out.
std::vector<std::vector<const ItemLabel*>> strata_of(const LabelSet& labels) {
  std::array<std::vector<const ItemLabel*>, 2> by_label;
  for (const auto& item : labels.items) {
    if (item.source == LabelSource::classifier && item.predicted && item.probability) {
      by_label.at(*item.predicted ? 1 : 0).push_back(&item);
    }
  }
  std::vector<std::vector<const ItemLabel*>> strata;
  for (auto& items : by_label) {
    std::ranges::stable_sort(items, {}, [](const ItemLabel* item) { return *item->probability; });
    for (std::size_t part = 0; part < kParts; ++part) {
      const auto begin = items.begin() + static_cast<std::ptrdiff_t>(items.size() * part / kParts);
      const auto end = items.begin() + static_cast<std::ptrdiff_t>(items.size() * (part + 1) / kParts);
      if (begin != end) strata.emplace_back(begin, end);
    }
  }
  return strata;
}

/// How many to take of each: as even as there are some.
std::vector<std::size_t> shares_of(const std::vector<std::vector<const ItemLabel*>>& strata, std::size_t n) {
  std::vector<std::size_t> taken(strata.size());
  while (n > 0) {
    bool any = false;
    for (std::size_t i = 0; i < strata.size() && n > 0; ++i) {
      if (taken[i] == strata[i].size()) continue;
      ++taken[i];
      --n;
      any = true;
    }
    if (!any) break;
  }
  return taken;
}

/// Items of one stratum with one predicted label.
using CellName = std::pair<std::string, bool>;

/// What people say of the items that have a prediction, by stratum and prediction; and by stratum how many they are.
struct Checked {
  std::map<CellName, stats::CheckedStratum> cells;
  std::map<std::string, double> in_stratum;
  std::map<std::string, double> sizes;  ///< As people's file has them; none of items without stratum.
  std::array<std::size_t, 2> classes{};

  Checked(const LabelSet& labels, std::span<const HumanLabel> people) {
    const auto known = by_id(labels);
    for (const auto& person : people) {
      const auto found = known.find(person.id);
      if (found == known.end() || !found->second->predicted) continue;
      const bool reasoning = person.capability == Capability::reasoning;
      auto& cell = cells[{person.stratum, *found->second->predicted}];
      cell.labelled_positive = *found->second->predicted;
      cell.checked += 1.0;
      cell.positive += reasoning ? 1.0 : 0.0;
      in_stratum[person.stratum] += 1.0;
      ++classes.at(reasoning ? 1 : 0);
      if (!person.stratum.empty() && person.stratum_items) sizes[person.stratum] = *person.stratum_items;
    }
  }
};

/// The strata with their sizes, which add up to the items that have each label.
Result<std::vector<stats::CheckedStratum>> checked_strata(const LabelSet& labels, const Checked& checked) {
  std::array<double, 2> labelled{};
  for (const auto& item : labels.items) {
    if (item.predicted) labelled.at(*item.predicted ? 1 : 0) += 1.0;
  }
  constexpr std::size_t kMostStrata = 1000;
  if (checked.cells.size() > kMostStrata) {
    return fail(ErrorCode::mismatch, fmt::format("people's labels have more than {} strata", kMostStrata), {},
                "leave out the columns stratum and stratum_items where items were drawn at random");
  }
  double all = 0.0;
  for (const auto& [name, size] : checked.sizes) all += size;
  if (all > labelled[0] + labelled[1]) {
    return fail(ErrorCode::mismatch,
                fmt::format("the strata of people's labels hold {:.0f} items, and {} has {:.0f} with a prediction", all,
                            labels.benchmark, labelled[0] + labelled[1]),
                {}, "leave the columns stratum and stratum_items as 'osler capability sample' wrote them");
  }
  std::vector<stats::CheckedStratum> strata;
  std::array<double, 2> held{};
  for (const auto& [name, cell] : checked.cells) {
    auto& stratum = strata.emplace_back(cell);
    const auto size = checked.sizes.find(name.first);
    const double whole = size == checked.sizes.end() ? labelled[0] + labelled[1] : size->second;
    stratum.items = std::max(cell.checked, whole * cell.checked / checked.in_stratum.at(name.first));
    held.at(cell.labelled_positive ? 1 : 0) += stratum.items;
  }
  for (auto& stratum : strata) {
    const std::size_t label = stratum.labelled_positive ? 1 : 0;
    stratum.items = std::max(stratum.checked, stratum.items * labelled.at(label) / held.at(label));
  }
  return strata;
}

}  // namespace

std::vector<SampledItem> draw_sample(const LabelSet& labels, std::size_t n, std::uint64_t seed) {
  stats::Random random(seed);
  auto strata = strata_of(labels);
  shuffle(strata, random);
  const auto taken = shares_of(strata, n);
  std::vector<SampledItem> sample;
  for (std::size_t i = 0; i < strata.size(); ++i) {
    shuffle(strata[i], random);
    for (std::size_t k = 0; k < taken[i]; ++k) sample.push_back({strata[i][k]->id, i + 1, strata[i].size()});
  }
  shuffle(sample, random);
  return sample;
}

Result<LabelQuality> quality_from_people(const LabelSet& labels, std::span<const HumanLabel> people) {
  const Checked checked(labels, people);
  if (checked.classes[0] == 0 || checked.classes[1] == 0) {
    return fail(ErrorCode::unsupported,
                fmt::format("people call {} of these items reasoning and {} understanding, and both are needed to see "
                            "how the classifier errs",
                            checked.classes[1], checked.classes[0]),
                {}, "label more items (osler capability sample draws them)");
  }
  auto strata = checked_strata(labels, checked);
  if (!strata) return pass(strata);
  auto found = stats::errors_of_sample(std::move(*strata), kConfidence);
  assert(found);  // both classes were seen
  LabelQuality quality;
  quality.balanced_accuracy = {(found->errors.sensitivity + found->errors.specificity) / 2.0, found->balanced_error,
                               found->balanced};
  quality.errors = std::move(found->errors);
  quality.measured_on =
      fmt::format("{} items of {} that people labelled", checked.classes[0] + checked.classes[1], labels.benchmark);
  return quality;
}

}  // namespace osler::capability
