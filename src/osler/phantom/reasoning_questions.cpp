#include <fmt/format.h>

#include "osler/phantom/question_bank.h"

namespace osler::phantom {
namespace {

constexpr auto kReasoning = Capability::reasoning;

std::string capitalised(std::string_view word) {
  std::string result(word);
  if (!result.empty() && result[0] >= 'a' && result[0] <= 'z') result[0] = static_cast<char>(result[0] - 'a' + 'A');
  return result;
}

}  // namespace

std::string Bank::tally() const {
  const std::size_t right = scene_.count_right();
  return fmt::format("{} on the right, {} on the left.", capitalised(number_word(right)),
                     number_word(scene_.lesions.size() - right));
}

Question Bank::count() {
  const std::string answer(number_word(scene_.lesions.size()));
  return choice("count", kReasoning, "How many lesions are there?", answer, {"none", "one", "two", "three", "four"},
                fmt::format("{} That is {}.", tally(), answer));
}

Question Bank::compare() {
  const std::size_t right = scene_.count_right();
  const std::size_t left = scene_.lesions.size() - right;
  const std::size_t difference = right > left ? right - left : left - right;
  const std::string answer =
      difference == 0 ? "equal" : fmt::format("{}, by {}", side_word(right > left), difference == 1 ? "one" : "more");
  return choice("compare", kReasoning, "Which half holds more lesions, and by how many?", answer,
                {"equal", "right, by one", "right, by more", "left, by one", "left, by more"},
                fmt::format("{} That is {}.", tally(), answer));
}

Question Bank::largest() {
  const Lesion& lesion = scene_.lesions.front();
  const auto name = [this](bool brighter, bool right) {
    return fmt::format("{}, {}", brightness_word(words_, brighter), side_word(right));
  };
  const std::string answer = name(lesion.brighter, lesion.right);
  return choice("largest", kReasoning, "How bright is the largest lesion, and on which side is it?", answer, four(name),
                fmt::format("The largest lesion lies {} and is {}.", place(lesion), brightness(lesion)));
}

Question Bank::finding() {
  const Lesion& lesion = scene_.lesions.front();
  std::vector<std::string> all;
  for (const auto& row : words_.findings) {
    for (const auto& name : row) all.emplace_back(name);
  }
  const std::string answer(words_.findings.at(lesion.brighter ? 1 : 0).at(scene_.sign ? 1 : 0));
  std::string sign(scene_.sign ? words_.sign_yes : words_.sign_no);
  if (scene_.has_midline()) {
    sign = fmt::format("{} That is {} it.", scene_.shifted_right() ? words_.sign_no : words_.sign_yes,
                       scene_.sign ? "away from" : "towards");
  }
  return choice("finding", kReasoning, "Which finding fits the largest lesion?", answer, std::move(all),
                fmt::format("The largest lesion lies {} and is {}. {}", place(lesion), brightness(lesion), sign));
}

Question Bank::rule() {
  const Lesion& lesion = scene_.lesions.front();
  const bool brighter_first = random_.coin();
  const bool old = random_.coin();
  const std::size_t age = old ? 61 + random_.index(29) : 31 + random_.index(29);
  const bool biopsy = (lesion.brighter == brighter_first) != old;
  const auto name = [](bool is_biopsy, bool right) {
    return fmt::format("{}, {}", is_biopsy ? "biopsy" : "follow-up", side_word(right));
  };
  const std::string answer = name(biopsy, lesion.right);
  return choice(
      "vignette", kReasoning,
      fmt::format("A patient is {} years old. Here {} lesions get a biopsy and {} ones a follow-up; over 60 it is the "
                  "other way round. What does the largest lesion get, and on which side?",
                  age, brightness_word(words_, brighter_first), brightness_word(words_, !brighter_first)),
      answer, four(name),
      fmt::format("The largest lesion lies {} and is {}. At {} years {} lesions get a {}.", place(lesion),
                  brightness(lesion), age, brightness(lesion), biopsy ? "biopsy" : "follow-up"));
}

Question Bank::change() {
  const Lesion& lesion = scene_.lesions.front();
  const bool side_changed = random_.coin();
  const bool brightness_changed = random_.coin();
  const auto name = [](bool side, bool bright) {
    return std::string(side ? (bright ? "both" : "side") : (bright ? "brightness" : "nothing"));
  };
  const std::string answer = name(side_changed, brightness_changed);
  return choice(
      "change", kReasoning,
      fmt::format("Last year the largest lesion was {} and on the {}. What has changed since?",
                  brightness_word(words_, lesion.brighter != brightness_changed),
                  side_word(lesion.right != side_changed)),
      answer, {"nothing", "side", "brightness", "both"},
      fmt::format("The largest lesion lies {} and is {}. That changes {}.", place(lesion), brightness(lesion), answer));
}

Question Bank::report() {
  const std::size_t lesions = scene_.lesions.size();
  const bool yes = random_.coin();
  std::size_t stated = lesions;
  if (!yes) {
    stated = random_.index(kMostLesions);
    if (stated >= lesions) ++stated;
  }
  return yes_no("report", kReasoning,
                fmt::format("A report counts {} lesion{}. Is that the right number?",
                            stated == 0 ? "no" : number_word(stated), stated == 1 ? "" : "s"),
                yes, fmt::format("{} That is {}.", tally(), number_word(lesions)));
}

}  // namespace osler::phantom
