#pragma once

#include <string>
#include <vector>

#include "osler/phantom/questions.h"
#include "osler/phantom/words.h"

namespace osler::phantom {

/// Every kind of question, for one scene. Where a question states something, a fair coin decides whether it is true.
class Bank {
 public:
  Bank(const Scene& scene, Random& random, PositionDealer& dealer);

  // Understanding: one look decides.
  [[nodiscard]] Question modality();
  [[nodiscard]] Question view();
  [[nodiscard]] Question organ();
  [[nodiscard]] Question organ_named();
  [[nodiscard]] Question any_lesion();
  /// Is there a lesion in one quadrant? Pictures without lesions always answer no, which the others make up for.
  [[nodiscard]] Question quadrant();
  [[nodiscard]] Question background();
  [[nodiscard]] Question sign();
  /// In which quadrant, and on which side, is the only lesion (of its brightness)? Need has_single().
  [[nodiscard]] Question where();
  [[nodiscard]] Question side();
  [[nodiscard]] bool has_single() const { return !singles_.empty(); }
  /// How bright is the lesion in a quadrant? Needs has_uniform_quadrant().
  [[nodiscard]] Question density();
  [[nodiscard]] bool has_uniform_quadrant() const { return !uniform_.empty(); }

  // Reasoning: several looks, or a look and the text, must be put together.
  [[nodiscard]] Question count();
  [[nodiscard]] Question compare();
  [[nodiscard]] Question largest();
  [[nodiscard]] Question finding();
  [[nodiscard]] Question rule();
  [[nodiscard]] Question change();
  [[nodiscard]] Question report();

 private:
  /// `options` hold the right one; they are put in an order of their own.
  [[nodiscard]] Question choice(std::string_view topic, Capability capability, std::string text,
                                const std::string& right, std::vector<std::string> options, std::string explanation);
  [[nodiscard]] static Question yes_no(std::string_view topic, Capability capability, std::string text, bool yes,
                                       std::string explanation);
  [[nodiscard]] Question identity(std::string_view topic, std::string_view text, std::string_view Words::*word);
  [[nodiscard]] std::string place(const Lesion& lesion) const;
  [[nodiscard]] std::string_view brightness(const Lesion& lesion) const;
  /// The four values of a word that depends on two facts.
  template <class Name>
  [[nodiscard]] static std::vector<std::string> four(const Name& name) {
    return {name(false, false), name(false, true), name(true, false), name(true, true)};
  }
  /// "hyperdense lesion", or "lesion" when there is no other.
  [[nodiscard]] std::string single_name(const Lesion& lesion) const;
  /// "One on the right, two on the left."
  [[nodiscard]] std::string tally() const;

  const Scene& scene_;
  const Words& words_;
  Random& random_;
  PositionDealer& dealer_;
  std::vector<const Lesion*> singles_;  ///< The only lesion of its brightness.
  std::vector<const Lesion*> uniform_;  ///< One lesion for each quadrant whose lesions are equally bright.
};

}  // namespace osler::phantom
