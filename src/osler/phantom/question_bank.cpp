#include "osler/phantom/question_bank.h"

#include <fmt/format.h>

#include <algorithm>

namespace osler::phantom {
namespace {

constexpr auto kUnderstanding = Capability::understanding;

bool same_quadrant(const Lesion& a, const Lesion& b) { return a.right == b.right && a.upper == b.upper; }

}  // namespace

Bank::Bank(const Scene& scene, Random& random, PositionDealer& dealer)
    : scene_(scene), words_(words_of(scene.family)), random_(random), dealer_(dealer) {
  const auto& lesions = scene.lesions;
  for (const Lesion& lesion : lesions) {
    const auto alike = std::count_if(lesions.begin(), lesions.end(),
                                     [&](const Lesion& other) { return other.brighter == lesion.brighter; });
    if (alike == 1) singles_.push_back(&lesion);
    const bool uniform = std::all_of(lesions.begin(), lesions.end(), [&](const Lesion& other) {
      return !same_quadrant(lesion, other) || other.brighter == lesion.brighter;
    });
    const bool listed = std::any_of(uniform_.begin(), uniform_.end(),
                                    [&](const Lesion* other) { return same_quadrant(lesion, *other); });
    if (uniform && !listed) uniform_.push_back(&lesion);
  }
}

Question Bank::choice(std::string_view topic, Capability capability, std::string text, const std::string& right,
                      std::vector<std::string> options, std::string explanation) {
  options.erase(std::remove(options.begin(), options.end(), right), options.end());
  random_.shuffle(options);
  const std::size_t position = dealer_.deal(options.size() + 1, random_);
  options.insert(options.begin() + static_cast<std::ptrdiff_t>(position), right);
  return {std::string(topic),    Kind::mcq, capability, std::move(text), std::move(options), right,
          std::move(explanation)};
}

Question Bank::yes_no(std::string_view topic, Capability capability, std::string text, bool yes,
                      std::string explanation) {
  return {std::string(topic), Kind::yes_no,          capability, std::move(text), {},
          yes ? "yes" : "no", std::move(explanation)};
}

std::string Bank::place(const Lesion& lesion) const { return quadrant_word(words_, lesion.right, lesion.upper); }

std::string_view Bank::brightness(const Lesion& lesion) const { return brightness_word(words_, lesion.brighter); }

std::string Bank::single_name(const Lesion& lesion) const {
  return scene_.lesions.size() == 1 ? "lesion" : fmt::format("{} lesion", brightness(lesion));
}

Question Bank::identity(std::string_view topic, std::string_view text, std::string_view Words::*word) {
  std::vector<std::string> options;
  for (const Family family : kFamilies) options.emplace_back(words_of(family).*word);
  return choice(topic, kUnderstanding, std::string(text), std::string(words_.*word), std::move(options),
                fmt::format("{} This is the {}.", words_.clue, words_.*word));
}

Question Bank::modality() { return identity("modality", "Which imaging method made this picture?", &Words::modality); }

Question Bank::view() { return identity("view", "Which view is shown?", &Words::view); }

Question Bank::organ() { return identity("organ", "Which part of the body is shown?", &Words::organ); }

Question Bank::organ_named() {
  return {"organ",
          Kind::open,
          kUnderstanding,
          "Brain, lungs, liver or breast: which part of the body is shown?",
          {},
          std::string(words_.organ),
          std::string(words_.clue)};
}

Question Bank::any_lesion() {
  const bool yes = !scene_.lesions.empty();
  return yes_no("presence", kUnderstanding, "Is there any lesion?", yes,
                yes ? fmt::format("A lesion lies {}.", place(scene_.lesions.front())) : "No lesion is visible.");
}

Question Bank::quadrant() {
  std::array<std::vector<std::pair<bool, bool>>, 2> quadrants;  // Without and with a lesion.
  for (const bool right : {false, true}) {
    for (const bool upper : {false, true}) {
      const bool held = std::any_of(scene_.lesions.begin(), scene_.lesions.end(), [&](const Lesion& lesion) {
        return lesion.right == right && lesion.upper == upper;
      });
      quadrants.at(held ? 1 : 0).emplace_back(right, upper);
    }
  }
  // Half of all answers are yes: one picture in five has no lesion, and one in forty of the others has one in every
  // quadrant, so that 0.8 (1/40 + 39/40 p) = 1/2.
  const bool wanted = !scene_.lesions.empty() && random_.coin(8.0 / 13);
  const bool yes = wanted || quadrants[0].empty();
  const auto [right, upper] = random_.pick(quadrants.at(yes ? 1 : 0));
  const std::string name = quadrant_word(words_, right, upper);
  return yes_no("presence", kUnderstanding, fmt::format("Is there a lesion in the {} quadrant?", name), yes,
                fmt::format("{} lesion lies {}.", yes ? "A" : "No", name));
}

Question Bank::background() {
  return yes_no("background", kUnderstanding, std::string(words_.background_question), scene_.background,
                std::string(scene_.background ? words_.background_yes : words_.background_no));
}

Question Bank::sign() {
  const bool yes = scene_.has_midline() ? !scene_.shifted_right() : scene_.sign;
  return yes_no("sign", kUnderstanding, std::string(words_.sign_question), yes,
                std::string(yes ? words_.sign_yes : words_.sign_no));
}

Question Bank::where() {
  const Lesion& lesion = *random_.pick(singles_);
  const auto name = [this](bool right, bool upper) { return quadrant_word(words_, right, upper); };
  return choice("where", kUnderstanding, fmt::format("In which quadrant is the {}?", single_name(lesion)),
                place(lesion), four(name), fmt::format("The {} lies {}.", single_name(lesion), place(lesion)));
}

Question Bank::side() {
  const Lesion& lesion = *random_.pick(singles_);
  return {"side",
          Kind::open,
          kUnderstanding,
          fmt::format("On which side is the {}, right or left?", single_name(lesion)),
          {},
          std::string(side_word(lesion.right)),
          fmt::format("The {} lies {}.", single_name(lesion), place(lesion))};
}

Question Bank::density() {
  const Lesion& lesion = *random_.pick(uniform_);
  const bool yes = random_.coin();
  return yes_no("density", kUnderstanding,
                fmt::format("Is the lesion in the {} quadrant {}?", place(lesion),
                            brightness_word(words_, lesion.brighter == yes)),
                yes, fmt::format("The lesion {} is {}.", place(lesion), brightness(lesion)));
}

}  // namespace osler::phantom
