#include "osler/capability/folds.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "osler/stats/random.h"

namespace osler::capability {
namespace {

Item item(const std::string& question, const std::vector<std::string>& images) {
  Item made;
  made.question = question;
  for (const auto& key : images) {
    ImageSource source;
    source.key = key;
    made.images.push_back(source);
  }
  return made;
}

TEST(Groups, LinkItemsByImagesAndQuestions) {
  const std::vector<Item> items{item("What is shown?", {"a"}), item("Which side?", {"b", "c"}),
                                item("what  IS shown?\n", {"d"}), item("How old?", {"c"}), item("Why?", {})};
  EXPECT_EQ(group_items(items).group_of, (std::vector<std::size_t>{0, 1, 0, 1, 2}));
  EXPECT_EQ(group_items(items, GroupBy::image).group_of, (std::vector<std::size_t>{0, 1, 2, 1, 3}));
  EXPECT_EQ(group_items(items).groups, 3U);
}

TEST(Groups, AreLinkedThroughOthers) {
  const std::vector<Item> items{item("p", {"a"}), item("q", {"b"}), item("r", {"a", "b"}), item("q", {"z"})};
  EXPECT_EQ(group_items(items).groups, 1U);
}

TEST(Folds, SplitNoGroupAndAreAlikeInLabels) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    stats::Random random(seed);
    std::vector<std::uint8_t> truth;
    std::vector<std::size_t> group_of;
    for (std::size_t group = 0; group < 150; ++group) {
      const std::size_t size = 1 + random.next() % 6;
      for (std::size_t i = 0; i < size; ++i) {
        truth.push_back(random.uniform() < 0.3 ? 1 : 0);
        group_of.push_back(group);
      }
    }
    std::vector<std::size_t> rows(truth.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    const auto fold_of = deal_folds(rows, truth, group_of, 5, seed);
    std::map<std::size_t, std::set<std::size_t>> folds_of_group;
    std::map<std::size_t, double> ones;
    std::map<std::size_t, double> all;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      folds_of_group[group_of[i]].insert(fold_of[i]);
      ones[fold_of[i]] += truth[i];
      all[fold_of[i]] += 1.0;
    }
    for (const auto& [group, folds] : folds_of_group) EXPECT_EQ(folds.size(), 1U);
    ASSERT_EQ(all.size(), 5U);
    const double share = std::accumulate(truth.begin(), truth.end(), 0.0) / static_cast<double>(truth.size());
    for (const auto& [fold, count] : all) {
      EXPECT_NEAR(count, static_cast<double>(truth.size()) / 5.0, 4.0);
      EXPECT_NEAR(ones[fold] / count, share, 0.04);
    }
    EXPECT_EQ(fold_of, deal_folds(rows, truth, group_of, 5, seed));
    EXPECT_NE(fold_of, deal_folds(rows, truth, group_of, 5, seed + 1000));
  }
}

TEST(DrawGroups, TakesWholeGroupsUpToTheShare) {
  std::vector<std::size_t> rows;
  std::vector<std::size_t> group_of;
  for (std::size_t i = 0; i < 300; ++i) {
    rows.push_back(i);
    group_of.push_back(i / 3);
  }
  const auto drawn = draw_groups(rows, group_of, 0.5, 9);
  EXPECT_EQ(drawn.size(), 150U);
  std::map<std::size_t, std::size_t> sizes;
  for (const auto row : drawn) ++sizes[group_of[row]];
  for (const auto& [group, size] : sizes) EXPECT_EQ(size, 3U);
  EXPECT_EQ(draw_groups(rows, group_of, 1.0, 9), rows);
}

}  // namespace
}  // namespace osler::capability
