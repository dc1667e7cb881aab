#include "osler/phantom/questions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "osler/phantom/benchmark.h"
#include "osler/phantom/words.h"

namespace osler::phantom {
namespace {

template <class Visit>
void for_each_case(std::uint64_t seed, int count, const Visit& visit) {
  Generator generator(seed);
  for (int i = 0; i < count; ++i) visit(generator.next());
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(PhantomQuestions, EveryPictureHasEightWhoseAnswersAreAmongTheOptions) {
  for_each_case(21, 400, [](const Case& made) {
    ASSERT_EQ(made.questions.size(), kQuestionsPerPicture);
    for (const Question& question : made.questions) {
      EXPECT_FALSE(question.explanation.empty());
      const std::set<std::string> distinct(question.options.begin(), question.options.end());
      EXPECT_EQ(distinct.size(), question.options.size()) << question.text;
      switch (question.kind) {
        case Kind::mcq:
          EXPECT_TRUE(question.options.size() == 4 || question.options.size() == 5) << question.text;
          EXPECT_TRUE(distinct.contains(question.answer)) << question.text;
          break;
        case Kind::yes_no:
          EXPECT_TRUE(question.answer == "yes" || question.answer == "no") << question.answer;
          break;
        case Kind::open:
          EXPECT_TRUE(question.options.empty());
      }
    }
  });
}

TEST(PhantomQuestions, EveryTopicIsAskedInEveryFamilyWhereItCanBe) {
  std::map<std::string, std::set<Family>> topics;
  std::set<Capability> capabilities;
  for_each_case(22, 400, [&](const Case& made) {
    for (const Question& question : made.questions) {
      topics[question.topic].insert(made.scene.family);
      capabilities.insert(question.capability);
    }
  });
  const std::set<std::string> expected = {"modality", "view",     "organ",   "presence", "background", "sign",
                                          "where",    "side",     "density", "count",    "compare",    "largest",
                                          "finding",  "vignette", "change",  "report"};
  EXPECT_EQ(topics.size(), expected.size());
  for (const auto& topic : expected) EXPECT_EQ(topics[topic].size(), kFamilies.size()) << topic;
  EXPECT_EQ(capabilities, (std::set<Capability>{Capability::understanding, Capability::reasoning}));
}

TEST(PhantomQuestions, RightOptionsComeAtEveryPositionEquallyOften) {
  std::map<std::pair<std::size_t, std::size_t>, int> seen;
  for_each_case(23, 400, [&](const Case& made) {
    for (const Question& question : made.questions) {
      if (question.kind != Kind::mcq) continue;
      const auto right = std::find(question.options.begin(), question.options.end(), question.answer);
      ++seen[{question.options.size(), static_cast<std::size_t>(right - question.options.begin())}];
    }
  });
  for (const std::size_t options : {4U, 5U}) {
    for (std::size_t i = 1; i < options; ++i) {
      const int first = seen[{options, 0}];
      const int other = seen[{options, i}];
      EXPECT_LE(std::abs(first - other), 1) << options << " options, position " << i;
    }
  }
}

/// What follows from the truth, worked out here a second time.
std::string answer_by_truth(const Scene& scene, const Question& question) {
  const Words& words = words_of(scene.family);
  const auto yes_no = [](bool yes) { return std::string(yes ? "yes" : "no"); };
  if (question.topic == "modality") return std::string(words.modality);
  if (question.topic == "view") return std::string(words.view);
  if (question.topic == "organ") return std::string(words.organ);
  if (question.topic == "background") return yes_no(scene.background);
  if (question.topic == "count") return std::string(number_word(scene.lesions.size()));
  if (question.topic == "report") {
    for (std::size_t n = 0; n <= kMostLesions; ++n) {
      const std::string word(n == 0 ? "no" : number_word(n));
      if (contains(question.text, "counts " + word + " lesion")) return yes_no(n == scene.lesions.size());
    }
  }
  if (question.topic == "presence") {
    if (!contains(question.text, "quadrant")) return yes_no(!scene.lesions.empty());
    return yes_no(std::any_of(scene.lesions.begin(), scene.lesions.end(), [&](const Lesion& lesion) {
      return contains(question.text, "the " + quadrant_word(words, lesion.right, lesion.upper) + " quadrant");
    }));
  }
  if (scene.lesions.empty()) return "not to be asked";
  const Lesion& largest = scene.lesions.front();
  const std::string bright(brightness_word(words, largest.brighter));
  const std::string side(side_word(largest.right));
  if (question.topic == "largest") return bright + ", " + side;
  if (question.topic == "sign") {
    if (!scene.has_midline()) return yes_no(scene.sign);
    // The patient's left is on the right of the picture.
    return yes_no(scene.midline_shift() > 0);
  }
  if (question.topic == "finding") return std::string(words.findings[largest.brighter ? 1 : 0][scene.sign ? 1 : 0]);
  if (question.topic == "compare") {
    int balance = 0;
    for (const Lesion& lesion : scene.lesions) balance += lesion.right ? 1 : -1;
    if (balance == 0) return "equal";
    return std::string(balance > 0 ? "right" : "left") + (std::abs(balance) == 1 ? ", by one" : ", by more");
  }
  if (question.topic == "vignette") {
    const bool old = std::stoi(question.text.substr(question.text.find("is ") + 3, 2)) > 60;
    const bool named_first = contains(question.text, "Here " + bright + " lesions");
    return std::string(named_first != old ? "biopsy, " : "follow-up, ") + side;
  }
  if (question.topic == "change") {
    const bool same_brightness = contains(question.text, "was " + bright + " and");
    const bool same_side = contains(question.text, "on the " + side + ".");
    if (same_brightness && same_side) return "nothing";
    if (same_brightness) return "side";
    return same_side ? "brightness" : "both";
  }
  // Topics about one lesion that the question names by its brightness or its place.
  std::vector<const Lesion*> meant;
  for (const Lesion& lesion : scene.lesions) {
    const std::string its(brightness_word(words, lesion.brighter));
    const bool by_brightness = contains(question.text, "the " + its + " lesion") ||
                               contains(question.text, "the lesion,") || contains(question.text, "the lesion?");
    const bool by_place = contains(question.text, "the " + quadrant_word(words, lesion.right, lesion.upper));
    if (question.topic == "density" ? by_place : by_brightness) meant.push_back(&lesion);
  }
  if (meant.empty()) return "nothing is meant";
  const Lesion& lesion = *meant.front();
  if (question.topic == "density") {
    return yes_no(contains(question.text, "quadrant " + std::string(brightness_word(words, lesion.brighter)) + "?"));
  }
  if (meant.size() != 1) return "not the only one";
  if (question.topic == "where") return quadrant_word(words, lesion.right, lesion.upper);
  if (question.topic == "side") return std::string(side_word(lesion.right));
  return "an unknown topic";
}

TEST(PhantomQuestions, AnswersFollowFromTheTruth) {
  for_each_case(24, 2000, [](const Case& made) {
    for (const Question& question : made.questions) {
      EXPECT_EQ(question.answer, answer_by_truth(made.scene, question)) << question.topic << ": " << question.text;
    }
  });
}

}  // namespace
}  // namespace osler::phantom
