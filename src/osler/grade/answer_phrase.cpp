#include <algorithm>
#include <array>
#include <deque>

#include "osler/grade/characters.h"
#include "osler/grade/key.h"
#include "osler/grade/lenient.h"
#include "osler/grade/patterns.h"
#include "osler/grade/refusal.h"
#include "osler/grade/running_text.h"
#include "osler/grade/unwrap.h"

namespace osler::grade {
namespace {

/// Of more phrases than this only the last ones are looked at; no honest response has as many.
constexpr std::size_t kPhrases = 64;
/// Before a phrase this much is read for what turns it round: "if the answer is B".
constexpr std::size_t kBefore = 64;
constexpr std::size_t kLine = 512;

/// Where a marker stands: "answer", "correct option", "答案", ...
struct Marker {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::deque<Marker> find_markers(std::string_view text) {
  static const RE2 pattern(
      "(?i:(?:\\b|_)(?:answer|(?:correct|best|right|final|appropriate|likely|suitable) (?:option|choice|letter))"
      "(?:\\b|_))|答案|选项",
      bytewise());
  std::deque<Marker> markers;
  std::array<re2::StringPiece, 1> found;
  std::size_t at = 0;
  while (pattern.Match(text, at, text.size(), RE2::UNANCHORED, found.data(), 1)) {
    const auto begin = static_cast<std::size_t>(found[0].data() - text.data());
    at = begin + found[0].size();
    markers.push_back({begin, at});
    if (markers.size() > kPhrases) markers.pop_front();
  }
  return markers;
}

/// "if the answer is B", "I cannot say that the answer is B", "a wrong answer: B".
bool turned_round(std::string_view text, const Marker& marker) {
  static const RE2 pattern(
      "(?i)(?:(?:\\b(?:wrong|incorrect|not|if|whether|unless|suppos(?:e|ing)|assum(?:e|ing))|n't)\\b(?: that)?"
      "(?: (?:the|an?|my|your))?(?: (?:correct|final|best|right|only))*[ \"'*]*"
      "|(?:\\b(?:cannot|not|unable|doubt|never)\\b|n't\\b)[^.,:;!?\\n]{0,40}?\\b(?:think|believe|say|determine|tell|"
      "conclude|know|confirm|provide|give|doubt|sure)\\b[^.,:;!?\\n]*|\\bdoubt\\b[^.,:;!?\\n]*"
      "|(?:不是|错误的?|如果|若|假设|是否|无法\\S{0,12}|不能\\S{0,12})(?:正确|最终|最佳)?)$",
      bytewise());
  const std::size_t from = marker.begin - std::min(marker.begin, kBefore);
  return RE2::PartialMatch(text.substr(from, marker.begin - from), pattern);
}

/// Reads what follows one marker.
class AfterMarker {
 public:
  AfterMarker(FreeText& text, const Marker& marker) : free_(text), text_(text.text()), at_(marker.end) {}

  [[nodiscard]] Reading run() {
    constexpr int kWords = 8;
    for (int word = 0; word < kWords; ++word) {
      skip_marks();
      Reading reading = free_.item().kind == Kind::open ? open_answer() : chosen();
      if (reading.read() || !reading.verdict.stopped_by.empty()) return reading;
      if (!skip_word()) return {};
    }
    return {};
  }

 private:
  /// ": ", "**: ", "\": \"", " | ".
  void skip_marks() {
    constexpr std::size_t kMarks = 24;
    constexpr std::string_view kSkipped = ":=*_\"'`|>";
    const std::size_t begin = at_;
    while (at_ < text_.size() && at_ < begin + kMarks) {
      const char c = text_[at_];
      if (c == ':' || c == '=') linked_ = true;
      if (c == '\n') next_line_ = true;
      const bool dash = c == '-' && text_[at_ - 1] == ' ' && text_.substr(at_ + 1).starts_with(' ');
      if (dash) linked_ = true;
      if (!dash && !is_space(c) && kSkipped.find(c) == std::string_view::npos) return;
      ++at_;
    }
  }

  /// "is", "should be", "option", "to the question", "应该是".
  bool skip_word() {
    static const RE2 verb("^(?i:is|was|are|would|should|must|will|be)\\b|^(?:应该是|应该为|应是|应为|就是|是|为|即)",
                          bytewise());
    static const RE2 filler(
        "^(?i:choice|option|letter|the|most|more|likely|probably|clearly|definitely|indeed|therefore|thus|hence|"
        "then|to|for|this|that|question|above|correct|best|here|so)\\b|^(?:应该选|应选|选项|选择|选)",
        bytewise());
    constexpr std::size_t kLongestWord = 16;
    const auto rest = text_.substr(at_, kLongestWord);
    re2::StringPiece after(rest);
    if (RE2::Consume(&after, verb)) {
      linked_ = true;
    } else if (!RE2::Consume(&after, filler)) {
      return false;
    }
    at_ += rest.size() - after.size();
    return true;
  }

  Reading chosen() {
    if (Reading reading = letter(); reading.read() || !reading.verdict.stopped_by.empty()) return reading;
    if (Reading reading = word(); reading.read()) return reading;
    return option();
  }

  Reading letter() {
    const auto letter = dressed_letter(text_, at_, free_.whole());
    if (!letter) return {};
    Reading reading;
    if (joined_with_letter(text_, letter->end, free_.whole())) {
      if (linked_) reading.verdict.stopped_by = "multiple_letters";
      return reading;
    }
    if (!letter->closed && !answer_ends(text_, letter->end)) return {};
    const auto line = line_from(letter->at);
    if (next_line_ && lists_options_after(line)) return {};
    Candidate candidate(line, free_.item());
    if (begins_an_option(text_[letter->at], candidate)) return {};
    const auto behind = text_.substr(letter->end, kLine);
    if (rejects_it(behind)) return {};
    const auto beside = option_at(letter->end, ").:,- *");
    static const RE2 name("^\\. [a-z]", bytewise());
    if (!beside && RE2::PartialMatch(behind, name)) {
      // "C. difficile", but "B. pulmonary embolism, which ..."
      if (!key(behind).starts_with(free_.whole().option_keys()[letter->option])) return {};
    }
    reading.verdict.option = letter->option;
    reading.verdict.by_letter = true;
    reading.verdict.conflict = beside && beside->option != letter->option;
    reading.piece = text_.substr(letter->at, 1);
    return reading;
  }

  /// "Answer: B is wrong".
  static bool rejects_it(std::string_view behind) {
    static const RE2 verb("^[ ]*(?:is|was|can|seems?|looks?|isn't|cannot)\\b", bytewise());
    return RE2::PartialMatch(behind, verb) && rejects(behind);
  }

  /// A heading "Answer:" with all options below it.
  [[nodiscard]] bool lists_options_after(std::string_view line) {
    const auto next = next_line(text_, end_of(line, text_));
    return listed_letter(next.substr(0, kLine), free_.whole()).has_value();
  }

  /// "yes" or a word for it, for options yes and no.
  Reading word() {
    if (!free_.whole().asks_yes_or_no()) return {};
    static const RE2 pattern(
        "^[(\\[{$]{0,3}((?i:yes|no|true|false|correct|incorrect)\\b|是的|不是|不可以|不包含|没有|可以|包含|是|有|否|"
        "无)",
        bytewise());
    static const RE2 alternative("^[ ]*(?:/|\\||,? *(?:or|and)\\b|或)", bytewise());
    std::string_view rest = text_.substr(at_, kLine);
    re2::StringPiece said;
    if (!RE2::PartialMatch(rest, pattern, &said)) return {};
    const std::size_t end = at_ + static_cast<std::size_t>(said.data() - rest.data()) + said.size();
    rest = text_.substr(end, kLine);
    if (RE2::PartialMatch(rest, alternative)) return {};
    static const RE2 closing("^[*_\"'`)\\]}$]", bytewise());
    if (!answer_ends(text_, end) && !RE2::PartialMatch(rest, closing)) return {};
    Reading reading;
    reading.verdict.option = free_.whole().option_of_word(yes_or_no(key(std::string_view(said.data(), said.size()))));
    reading.piece = std::string_view(said.data(), said.size());
    return reading;
  }

  /// What is left of the line, or as much of it as an answer can fill.
  [[nodiscard]] std::string_view line_from(std::size_t at) const {
    const auto head = text_.substr(std::min(at, text_.size()), kLine);
    return head.substr(0, head.find('\n'));
  }

  struct Named {
    std::size_t option = 0;
    std::string_view piece;
  };

  /// An option's text that runs from here, less these marks, to the end of the line or the sentence.
  std::optional<Named> option_at(std::size_t at, std::string_view marks) {
    auto line = line_from(at);
    line.remove_prefix(std::min(line.find_first_not_of(marks), line.size()));
    static const RE2 sentence_end("[.!?;](?:[ ]|$)", bytewise());
    re2::StringPiece rest(line);
    re2::StringPiece found;
    const bool ends = sentence_end.Match(rest, 0, rest.size(), RE2::UNANCHORED, &found, 1);
    const auto sentence = ends ? line.substr(0, static_cast<std::size_t>(found.data() - line.data())) : line;
    for (const auto piece : {unwrap(line), unwrap(sentence)}) {
      std::string text = key(piece);
      for (const std::string_view article : {"", "the ", "an ", "a "}) {
        if (!text.starts_with(article)) continue;
        const auto option = free_.whole().option_of_text(piece, text.substr(article.size()));
        if (option) return Named{*option, piece};
      }
    }
    return std::nullopt;
  }

  Reading option() {
    if (!linked_) return {};
    const auto named = option_at(at_, "");
    if (!named) return {};
    Reading reading;
    reading.verdict.option = named->option;
    reading.piece = named->piece;
    return reading;
  }

  Reading open_answer() {
    constexpr std::size_t kLongest = 200;
    if (!linked_) return {};
    const auto piece = unwrap(line_from(at_));
    if (piece.empty() || piece.size() > kLongest) return {};
    Candidate candidate(piece, free_.item());
    return {open_text(candidate), piece};
  }

  FreeText& free_;
  std::string_view text_;
  std::size_t at_;
  bool linked_ = false;     ///< A colon or a verb stands between the marker and the answer.
  bool next_line_ = false;  ///< The answer stands on a line below the marker's.
};

}  // namespace

Reading answer_phrase(FreeText& text) {
  auto markers = find_markers(text.text());
  for (; !markers.empty(); markers.pop_back()) {
    const Marker& marker = markers.back();
    if (turned_round(text.text(), marker)) continue;
    Reading reading = AfterMarker(text, marker).run();
    if (reading.read() || !reading.verdict.stopped_by.empty()) return reading;
  }
  return {};
}

}  // namespace osler::grade
