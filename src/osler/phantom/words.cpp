#include "osler/phantom/words.h"

namespace osler::phantom {
namespace {

constexpr Words kCt = {
    .modality = "CT",
    .view = "axial slice",
    .organ = "brain",
    .clue = "A bright ring of bone encloses soft tissue.",
    .brighter = "hyperdense",
    .darker = "hypodense",
    .upper = "anterior",
    .lower = "posterior",
    .background_question = "Are the ventricles enlarged?",
    .background_yes = "The ventricles are wide.",
    .background_no = "The ventricles are narrow.",
    .sign_question = "Is the midline shifted to the patient's left?",
    .sign_yes = "The midline is shifted to the left.",
    .sign_no = "The midline is shifted to the right.",
    .findings = {{{"old infarct", "cystic tumour"}, {"calcified scar", "haematoma"}}},
};

constexpr Words kRadiograph = {
    .modality = "radiograph",
    .view = "frontal projection",
    .organ = "lungs",
    .clue = "Ribs cross two dark lungs.",
    .brighter = "opaque",
    .darker = "lucent",
    .upper = "upper",
    .lower = "lower",
    .background_question = "Is the heart enlarged?",
    .background_yes = "The heart is large.",
    .background_no = "The heart is small.",
    .sign_question = "Is the trachea shifted to the patient's left?",
    .sign_yes = "The trachea is shifted to the left.",
    .sign_no = "The trachea is shifted to the right.",
    .findings = {{{"fibrotic cavity", "tense bulla"}, {"collapsed segment", "bulky mass"}}},
};

constexpr Words kUltrasound = {
    .modality = "ultrasound",
    .view = "sector scan",
    .organ = "liver",
    .clue = "Speckle fills a sector.",
    .brighter = "hyperechoic",
    .darker = "anechoic",
    .upper = "near",
    .lower = "far",
    .background_question = "Is there fluid under the capsule?",
    .background_yes = "A dark band lies under the capsule.",
    .background_no = "No dark band lies under the capsule.",
    .sign_question = "Does the largest lesion cast a shadow?",
    .sign_yes = "A shadow lies behind it.",
    .sign_no = "A bright band lies behind it.",
    .findings = {{{"simple cyst", "shadowing tumour"}, {"haemangioma", "calculus"}}},
};

constexpr Words kHistology = {
    .modality = "microscopy",
    .view = "stained field",
    .organ = "breast",
    .clue = "Purple nuclei lie on pink ground.",
    .brighter = "pale",
    .darker = "dark",
    .upper = "upper",
    .lower = "lower",
    .background_question = "Is the field crowded with cells?",
    .background_yes = "Cells are crowded.",
    .background_no = "Cells are sparse.",
    .sign_question = "Is the border of the largest lesion ragged?",
    .sign_yes = "Its border is ragged.",
    .sign_no = "Its border is smooth.",
    .findings = {{{"carcinoma in situ", "invasive carcinoma"}, {"mucin pool", "necrosis"}}},
};

}  // namespace

const Words& words_of(Family family) {
  switch (family) {
    case Family::ct:
      return kCt;
    case Family::radiograph:
      return kRadiograph;
    case Family::ultrasound:
      return kUltrasound;
    case Family::histology:
      break;
  }
  return kHistology;
}

std::string_view side_word(bool right) { return right ? "right" : "left"; }

std::string_view brightness_word(const Words& words, bool brighter) { return brighter ? words.brighter : words.darker; }

std::string quadrant_word(const Words& words, bool right, bool upper) {
  return std::string(side_word(right)) + " " + std::string(upper ? words.upper : words.lower);
}

std::string_view number_word(std::size_t number) {
  constexpr std::array<std::string_view, 5> kNumbers = {"none", "one", "two", "three", "four"};
  return kNumbers.at(number);
}

}  // namespace osler::phantom
