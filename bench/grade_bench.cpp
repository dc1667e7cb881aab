// How fast are responses graded, and does the time grow with the length of the text and no faster?

#include <benchmark/benchmark.h>

#include <string>

#include "osler/grade/grader.h"
#include "osler/grade/metrics.h"

namespace {

using osler::grade::AnswerSource;
using osler::grade::Grader;

osler::Item make_item() {
  osler::Item item;
  item.kind = osler::Kind::mcq;
  item.question = "Which finding explains the patient's symptoms?";
  item.options = {"Acute appendicitis", "Perforated diverticulitis", "Small-bowel obstruction", "Mesenteric ischaemia",
                  "Ruptured aortic aneurysm"};
  item.gold = item.options[2];
  item.gold_option = 2;
  return item;
}

/// Reasoning of about `length` bytes that ends in `answer`.
osler::Response make_response(std::size_t length, const std::string& answer) {
  const std::string reasoning =
      "The loops are dilated and show air\xE2\x80\x93"
      "fluid levels, so (A) is less likely, and **B** would show free air.\n";
  osler::Response response;
  while (response.text.size() + answer.size() < length) response.text += reasoning;
  response.text.resize(length - answer.size());
  response.text += answer;
  return response;
}

void grade_all(benchmark::State& state, AnswerSource source, const osler::Response& response) {
  const auto grader = Grader::make({source, osler::grade::known_rules()});
  const osler::Item item = make_item();
  for (auto _ : state) benchmark::DoNotOptimize(grader->grade(item, response));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(response.text.size()));
}

void BM_BoxedLetter(benchmark::State& state) {
  grade_all(state, AnswerSource::last_box, make_response(800, "The answer is \\boxed{C}."));
}
BENCHMARK(BM_BoxedLetter);

void BM_BoxedLetterAndText(benchmark::State& state) {
  grade_all(state, AnswerSource::last_box, make_response(800, "\\boxed{\\text{C. Small-bowel obstruction}}"));
}
BENCHMARK(BM_BoxedLetterAndText);

void BM_BoxedSentence(benchmark::State& state) {
  grade_all(state, AnswerSource::last_box, make_response(800, "\\boxed{It is a small-bowel obstruction}"));
}
BENCHMARK(BM_BoxedSentence);

void BM_NoBox(benchmark::State& state) { grade_all(state, AnswerSource::last_box, make_response(800, "So it is C.")); }
BENCHMARK(BM_NoBox);

void BM_WholeText(benchmark::State& state) { grade_all(state, AnswerSource::whole_text, make_response(800, "C")); }
BENCHMARK(BM_WholeText);

void BM_OpenScores(benchmark::State& state) {
  const auto answer = make_response(static_cast<std::size_t>(state.range(0)), "lower lobe of the lung").text;
  for (auto _ : state) benchmark::DoNotOptimize(osler::grade::open_scores(answer, "left lower lobe"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_OpenScores)->Arg(22)->Arg(800)->Arg(1 << 20)->Arg(4 << 20);

/// A text made to be slow, at one and at four times a size: linear grading takes about four times as long.
void hostile(benchmark::State& state, const std::string& piece) {
  osler::Response response;
  const auto size = static_cast<std::size_t>(state.range(0));
  response.text = "\\boxed{";
  while (response.text.size() < size) response.text += piece;
  response.text += "}";
  grade_all(state, AnswerSource::last_box, response);
}
BENCHMARK_CAPTURE(hostile, open_boxes, "\\boxed{")->Arg(1 << 20)->Arg(4 << 20)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hostile, open_braces, "{")->Arg(1 << 20)->Arg(4 << 20)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hostile, bold, "**")->Arg(1 << 20)->Arg(4 << 20)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hostile, lettered, "B. small ")->Arg(1 << 20)->Arg(4 << 20)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
