#pragma once

#include <optional>
#include <string_view>

#include "osler/core/response.h"

namespace osler {

/// Which number of an option decides where options are scored instead of written: the option with the highest one is
/// the answer.
enum class DecidingScore {
  letter,               ///< Log-probability of the first token of the option's letter.
  text,                 ///< Log-probability of the option's text. The "acc" of lm-evaluation-harness.
  text_per_byte,        ///< The same by the text's length in bytes of UTF-8: its "acc_bytes", and its "acc_norm" where
                        ///< texts are ASCII, because that counts characters.
  text_given_question,  ///< The text's log-probability less the unconditional one. Its "acc_mutual_info", which has an
                        ///< empty prompt for the latter, where a protocol has a message.
};

[[nodiscard]] std::string_view name_of(DecidingScore score);
[[nodiscard]] std::optional<DecidingScore> deciding_score_from(std::string_view name);

/// The deciding number of an option with this text; not finite where it is not defined (an empty text has no length).
[[nodiscard]] double value_of(DecidingScore score, const OptionScore& option, std::string_view text);

}  // namespace osler
