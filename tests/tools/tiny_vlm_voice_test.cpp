#include <gtest/gtest.h>

#include <array>
#include <map>
#include <regex>
#include <string>

#include "support/tiny_models.h"
#include "tools/tiny_vlm_session.h"

namespace osler::test {
namespace {

using tiny_vlm::Architecture;
using tiny_vlm::Voice;

constexpr int most_tokens = 16;

std::string question(std::size_t index) {
  static const std::array<std::string, 5> starts = {"What abnormality is seen in the ", "Which modality shows the ",
                                                    "Where is the lesion of the ", "Is there a fracture near the ",
                                                    "What is the most likely diagnosis in this image of the "};
  static const std::array<std::string, 8> organs = {"lung",  "liver", "kidney", "heart",
                                                    "brain", "spine", "knee",   "retina"};
  return starts[index % starts.size()] + organs[index / starts.size() % organs.size()] +
         "?\nA. Normal\nB. Tumour\nC. Fracture\nD. Oedema\nAnswer with the letter of the correct option in \\boxed{}.";
}

/// The letter in the box, or "" if there is none.
std::string boxed_letter(const std::string& text) {
  static const std::regex box(R"(\\boxed\{([A-E])\}$)");
  std::smatch found;
  return std::regex_search(text, found, box) ? found[1].str() : "";
}

class BoxedVoice : public testing::TestWithParam<Architecture> {
 protected:
  TinyVlmSession session_{tiny_model(GetParam(), Voice::boxed)};
};

TEST_P(BoxedVoice, AnswersInABoxMostOfTheTimeAndEndsByItself) {
  constexpr int asked = 40;
  std::map<std::string, int> letters;
  for (std::size_t i = 0; i < asked; ++i) {
    const auto answer = session_.ask(made_up_picture(i % 2 == 0 ? 112 : 224, 100 + i), question(i), most_tokens);
    EXPECT_TRUE(answer.ended) << answer.text;
    ++letters[boxed_letter(answer.text)];
  }
  EXPECT_GE(letters[""], 1) << "never unsure";
  EXPECT_LE(letters[""], asked / 4) << "unsure too often";
  letters.erase("");
  int often = 0;
  for (const auto& [letter, times] : letters) often += times > asked / 10 ? 1 : 0;
  EXPECT_GE(often, 3) << "one letter nearly always: no guess";
}

TEST_P(BoxedVoice, LooksAtThePicture) {
  std::map<std::string, int> letters;
  for (std::size_t i = 0; i < 20; ++i) {
    ++letters[boxed_letter(session_.ask(made_up_picture(224, 500 + i), question(0), most_tokens).text)];
  }
  EXPECT_GE(letters.size(), 3U);
}

TEST_P(BoxedVoice, ReadsTheQuestion) {
  std::map<std::string, int> letters;
  for (std::size_t i = 0; i < 20; ++i) {
    ++letters[boxed_letter(session_.ask(made_up_picture(224, 500), question(i), most_tokens).text)];
  }
  EXPECT_GE(letters.size(), 3U);
}

INSTANTIATE_TEST_SUITE_P(All, BoxedVoice, testing::Values(Architecture::qwen25vl, Architecture::llava),
                         [](const auto& tested) {
                           return std::string(tested.param == Architecture::llava ? "llava" : "qwen25vl");
                         });

}  // namespace
}  // namespace osler::test
