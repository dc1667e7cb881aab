#include "osler/phantom/questions.h"

#include <functional>

#include "osler/phantom/question_bank.h"

namespace osler::phantom {
namespace {

using Ask = std::function<Question()>;

/// One question about what the picture is: they share their answer, so that a picture with lesions has one of them.
std::vector<Ask> identity_questions(Bank& bank) {
  return {[&bank] { return bank.modality(); }, [&bank] { return bank.view(); }, [&bank] { return bank.organ(); },
          [&bank] { return bank.organ_named(); }};
}

std::vector<Question> ask_about_normal(Bank& bank, Random& random) {
  std::vector<Question> questions = {bank.modality(), bank.view(),       bank.organ(), bank.any_lesion(),
                                     bank.quadrant(), bank.background(), bank.report()};
  questions.push_back(random.coin() ? bank.count() : bank.organ_named());
  return questions;
}

std::vector<Question> ask_about_lesions(Bank& bank, Random& random) {
  std::vector<Question> questions = {random.pick(identity_questions(bank))(), bank.quadrant()};

  std::vector<Ask> looks = {[&bank] { return bank.background(); }, [&bank] { return bank.sign(); }};
  if (bank.has_single()) {
    looks.emplace_back([&bank] { return bank.where(); });
    looks.emplace_back([&bank] { return bank.side(); });
  }
  if (bank.has_uniform_quadrant()) looks.emplace_back([&bank] { return bank.density(); });
  random.shuffle(looks);
  // One picture in five has no lesion and is always asked about any; one in four of the others makes the answers even.
  questions.push_back(random.coin(0.25) ? bank.any_lesion() : looks[0]());
  questions.push_back(looks[1]());

  // All of them for any number of lesions: were one left out for some, the others would be asked more often there, and
  // being asked would tell something about the answer.
  std::vector<Ask> thoughts = {[&bank] { return bank.compare(); }, [&bank] { return bank.finding(); },
                               [&bank] { return bank.rule(); }, [&bank] { return bank.change(); },
                               [&bank] { return bank.largest(); }};
  random.shuffle(thoughts);
  questions.push_back(bank.report());
  questions.push_back(random.coin() ? bank.count() : thoughts[2]());
  questions.push_back(thoughts[0]());
  questions.push_back(thoughts[1]());
  return questions;
}

}  // namespace

std::size_t PositionDealer::deal(std::size_t options, Random& random) {
  auto& pack = packs_.at(options);
  if (pack.empty()) {
    for (std::size_t i = 0; i < options; ++i) pack.push_back(i);
    random.shuffle(pack);
  }
  const std::size_t position = pack.back();
  pack.pop_back();
  return position;
}

std::vector<Question> ask(const Scene& scene, Random& random, PositionDealer& dealer) {
  Bank bank(scene, random, dealer);
  return scene.lesions.empty() ? ask_about_normal(bank, random) : ask_about_lesions(bank, random);
}

}  // namespace osler::phantom
