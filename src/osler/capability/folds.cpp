#include "osler/capability/folds.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>

#include "osler/stats/random.h"

namespace osler::capability {
namespace {

/// Sets of items that only grow together.
class Links {
 public:
  explicit Links(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }

  [[nodiscard]] std::size_t root(std::size_t item) {
    while (parent_[item] != item) {
      parent_[item] = parent_[parent_[item]];
      item = parent_[item];
    }
    return item;
  }
  /// The earlier item stays the root, so the order of links changes nothing.
  void link(std::size_t a, std::size_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

/// The rows of a group.
struct Bundle {
  std::vector<std::size_t> places;  ///< In the list of rows to deal.
  std::array<double, 2> labels{};
};

template <class T>
void shuffle(std::vector<T>& values, std::uint64_t seed) {
  stats::Random random(seed);
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.next() % i]);
}

std::vector<Bundle> bundles_of(std::span<const std::size_t> rows, std::span<const std::size_t> group_of) {
  std::unordered_map<std::size_t, std::size_t> place_of;
  std::vector<Bundle> bundles;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [found, is_new] = place_of.try_emplace(group_of[rows[i]], bundles.size());
    if (is_new) bundles.emplace_back();
    bundles[found->second].places.push_back(i);
  }
  return bundles;
}

}  // namespace

std::string plain_question(const std::string& question) {
  std::string plain;
  for (const char c : question) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (blank) {
      if (!plain.empty() && plain.back() != ' ') plain += ' ';
    } else {
      plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
  }
  if (plain.ends_with(' ')) plain.pop_back();
  return plain;
}

Groups group_items(std::span<const Item> items, GroupBy by) {
  Links links(items.size());
  std::unordered_map<std::string, std::size_t> by_image;
  std::unordered_map<std::string, std::size_t> by_question;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const auto& image : items[i].images) links.link(i, by_image.try_emplace(image.key, i).first->second);
    if (by == GroupBy::image) continue;
    links.link(i, by_question.try_emplace(plain_question(items[i].question), i).first->second);
  }
  Groups groups;
  std::unordered_map<std::size_t, std::size_t> number;
  for (std::size_t i = 0; i < items.size(); ++i) {
    groups.group_of.push_back(number.try_emplace(links.root(i), number.size()).first->second);
  }
  groups.groups = number.size();
  return groups;
}

std::vector<std::size_t> deal_folds(std::span<const std::size_t> rows, std::span<const std::uint8_t> truth,
                                    std::span<const std::size_t> group_of, std::size_t folds, std::uint64_t seed) {
  auto bundles = bundles_of(rows, group_of);
  std::array<double, 2> totals{1.0, 1.0};
  for (auto& bundle : bundles) {
    for (const auto place : bundle.places) ++bundle.labels.at(truth[rows[place]]);
    for (std::size_t label = 0; label < 2; ++label) totals.at(label) += bundle.labels.at(label);
  }
  shuffle(bundles, seed);
  std::ranges::stable_sort(bundles, [](const Bundle& a, const Bundle& b) { return a.places.size() > b.places.size(); });
  std::vector<std::array<double, 2>> held(folds);
  std::vector<std::size_t> fold_of(rows.size());
  for (const auto& bundle : bundles) {
    // How much the sum of squared shares of the labels grows: least where this bundle's labels are rarest.
    const auto growth = [&](const std::array<double, 2>& fold) {
      double sum = 0.0;
      for (std::size_t label = 0; label < 2; ++label) {
        const double more = bundle.labels.at(label) / totals.at(label);
        sum += more * (2.0 * fold.at(label) / totals.at(label) + more);
      }
      return sum;
    };
    const auto best = std::ranges::min_element(held, {}, growth);
    for (std::size_t label = 0; label < 2; ++label) best->at(label) += bundle.labels.at(label);
    for (const auto place : bundle.places) fold_of[place] = static_cast<std::size_t>(best - held.begin());
  }
  return fold_of;
}

std::vector<std::size_t> draw_groups(std::span<const std::size_t> rows, std::span<const std::size_t> group_of,
                                     double share, std::uint64_t seed) {
  auto bundles = bundles_of(rows, group_of);
  shuffle(bundles, seed);
  std::vector<std::size_t> drawn;
  for (const auto& bundle : bundles) {
    if (static_cast<double>(drawn.size()) >= share * static_cast<double>(rows.size())) break;
    for (const auto place : bundle.places) drawn.push_back(rows[place]);
  }
  std::ranges::sort(drawn);
  return drawn;
}

}  // namespace osler::capability
