#include "osler/capability/folds.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <unordered_map>

#include "osler/stats/random.h"

namespace osler::capability {
namespace {

std::size_t root_of(std::vector<std::size_t>& parent, std::size_t i) {
  while (parent[i] != i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}

struct Group {
  std::array<double, 2> labels{};
  std::uint64_t order = 0;
};

double total(const Group& group) { return group.labels[0] + group.labels[1]; }

}  // namespace

std::vector<std::size_t> groups_of(const std::vector<Item>& items) {
  std::vector<std::size_t> parent(items.size());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  std::unordered_map<std::string, std::size_t> first;
  const auto join = [&](const std::string& name, std::size_t i) {
    const auto [found, fresh] = first.try_emplace(name, i);
    if (!fresh) parent[root_of(parent, i)] = root_of(parent, found->second);
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    join("question " + items[i].question, i);
    for (const auto& image : items[i].images) join("image " + image.key, i);
  }
  std::vector<std::size_t> groups(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) groups[i] = root_of(parent, i);
  return groups;
}

std::vector<std::size_t> deal_folds(std::span<const std::size_t> of, const std::vector<std::size_t>& groups,
                                    const std::vector<bool>& labels, std::size_t folds, std::uint64_t seed) {
  std::map<std::size_t, Group> counted;
  std::array<double, 2> all{};
  for (const std::size_t row : of) {
    counted[groups[row]].labels[labels[row] ? 1 : 0] += 1.0;
    all[labels[row] ? 1 : 0] += 1.0;
  }
  stats::Random random(seed);
  std::vector<std::size_t> order;
  for (auto& [name, group] : counted) {
    group.order = random.next();
    order.push_back(name);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Group& left = counted[a];
    const Group& right = counted[b];
    return total(left) != total(right) ? total(left) > total(right) : left.order < right.order;
  });
  std::vector<std::array<double, 2>> filled(folds, std::array<double, 2>{});
  std::unordered_map<std::size_t, std::size_t> fold_of;
  for (const std::size_t name : order) {
    const Group& group = counted[name];
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t fold = 0; fold < folds; ++fold) {
      double cost = 0.0;
      // The growth of the sum of squared shares: least where the labels of this group are scarcest.
      for (std::size_t label = 0; label < 2; ++label) {
        if (all[label] == 0.0) continue;
        cost += group.labels[label] * (2.0 * filled[fold][label] + group.labels[label]) / (all[label] * all[label]);
      }
      if (cost < least) {
        least = cost;
        best = fold;
      }
    }
    for (std::size_t label = 0; label < 2; ++label) filled[best][label] += group.labels[label];
    fold_of[name] = best;
  }
  std::vector<std::size_t> result;
  result.reserve(of.size());
  for (const std::size_t row : of) result.push_back(fold_of[groups[row]]);
  return result;
}

}  // namespace osler::capability
