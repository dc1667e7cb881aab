#include "osler/run/grading.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "osler/run/journal.h"
#include "osler/run/manifest.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

void grade_row(GradedResponse& row, const Response& response, const grade::Grader& grader) {
  row.grade = grader.grade(*row.item, response);
  if (row.item->kind == Kind::open) row.scores = grade::open_scores(row.grade.answer, row.item->gold);
}

/// Grades of a journal's responses while they are read; their texts, which are most of it, are not kept.
class JournalGrades {
 public:
  /// Both must outlive this object.
  JournalGrades(const std::vector<std::vector<Item>>& items, const grade::Grader& grader) : grader_(grader) {
    std::size_t count = 0;
    for (const auto& part : items) count += part.size();
    rows_.reserve(count);
    for (const auto& part : items) {
      for (const auto& item : part) rows_.push_back({&item, nullptr, {}, {}});
    }
    slots_.resize(count);
    first_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto [first, is_new] = first_.try_emplace(rows_[i].item->id, i);
      if (is_new) continue;
      slots_[i].first = &slots_[first->second];
      slots_[i].first->is_shared = true;
    }
  }

  /// Grades a response and keeps what the table needs of it. May be called from several threads.
  void take(std::uint64_t line, Response& response) {
    const auto found = first_.find(response.item_id);
    if (found == first_.end()) return;
    const std::size_t at = found->second;
    GradedResponse graded{rows_[at].item, &slots_[at].response, {}, {}};
    grade_row(graded, response, grader_);
    const std::lock_guard lock(mutexes_[at % mutexes_.size()]);
    if (line < slots_[at].line) return;
    slots_[at].line = line;
    // Its item is read by other threads without the lock, so it is not written again.
    rows_[at].response = graded.response;
    rows_[at].grade = std::move(graded.grade);
    rows_[at].scores = graded.scores;
    if (!slots_[at].is_shared) {
      Response& kept = slots_[at].response;
      response.text.swap(kept.text);
      response.option_scores.swap(kept.option_scores);
      response.letter_marks.swap(kept.letter_marks);
    }
    std::swap(response, slots_[at].response);
  }

  /// The rows of the items that have a response, in the items' order; called once, when all are taken.
  [[nodiscard]] std::span<const GradedResponse> answered() {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Slot* first = slots_[i].first;
      if (first == nullptr || first->line == 0) continue;
      rows_[i].response = &first->response;
      grade_row(rows_[i], first->response, grader_);
    }
    std::erase_if(rows_, [](const GradedResponse& row) { return row.response == nullptr; });
    return rows_;
  }

 private:
  /// What belongs to a row beside its grade.
  struct Slot {
    std::uint64_t line = 0;  ///< Where the response stands in the journal; 0 if there is none.
    Response response;       ///< Without its text, scores and marks, unless the slot is shared.
    /// A file that was edited may name an item twice: every row has the response that the first one's slot keeps.
    Slot* first = nullptr;
    bool is_shared = false;
  };

  const grade::Grader& grader_;
  std::unordered_map<std::string_view, std::size_t> first_;  ///< By id.
  std::vector<Slot> slots_;                                  ///< One for each item, as in rows_.
  std::vector<GradedResponse> rows_;
  std::array<std::mutex, 64> mutexes_;  ///< Each for some of the slots and rows.
};

/// A hundred thousand items are a million pieces of memory: giving them back takes as long as reading them.
void free_items(std::vector<std::vector<Item>>& parts, unsigned threads) {
  std::atomic<std::size_t> next = 0;
  on_threads(threads, [&] {
    for (std::size_t i = next++; i < parts.size(); i = next++) std::vector<Item>().swap(parts[i]);
  });
}

}  // namespace

Result<grade::Grader> make_grader(const Protocol& protocol, const std::optional<ModelCard>& model_card) {
  const ExtractionRules& wanted = protocol.extraction;
  grade::ExtractionSpec spec;
  spec.evaluator = wanted.evaluator;
  if (!spec.evaluator.empty()) return grade::Grader::make(spec);
  spec.rules = wanted.rules;
  if (model_card && model_card->thinking) {
    spec.reasoning.push_back({model_card->thinking->open, model_card->thinking->close});
  }
  if (protocol.likelihood) spec.choose = protocol.likelihood->choose;
  const auto source = grade::answer_source_from(wanted.source);
  if (!source) {
    return fail(ErrorCode::usage,
                fmt::format("the protocol '{}' looks for answers in '{}'", protocol.name, wanted.source), {},
                "known sources: last_box, whole_text, lenient");
  }
  const auto open_match = grade::open_match_from(wanted.open_match);
  if (!open_match) {
    return fail(ErrorCode::usage,
                fmt::format("the protocol '{}' compares open answers by '{}'", protocol.name, wanted.open_match), {},
                "known: words, key, squad");
  }
  spec.source = *source;
  spec.open_match = *open_match;
  return grade::Grader::make(spec);
}

std::vector<GradedResponse> grade_all(const std::vector<Item>& items,
                                      const std::unordered_map<std::string, Response>& responses,
                                      const grade::Grader& grader, unsigned threads) {
  std::vector<GradedResponse> rows;
  rows.reserve(responses.size());
  for (const auto& item : items) {
    const auto response = responses.find(item.id);
    if (response != responses.end()) rows.push_back({&item, &response->second, {}, {}});
  }
  constexpr std::size_t kAtOnce = 64;
  std::atomic<std::size_t> next = 0;
  on_threads(threads, [&] {
    while (true) {
      const std::size_t begin = next.fetch_add(kAtOnce);
      if (begin >= rows.size()) return;
      for (auto& row : std::span(rows).subspan(begin, std::min(kAtOnce, rows.size() - begin))) {
        grade_row(row, *row.response, grader);
      }
    }
  });
  return rows;
}

Result<std::uint64_t> grade_run(const fs::path& folder, const Protocol& rules, const grade::Grader& grader,
                                unsigned threads) {
  const auto manifest = read_manifest(folder);
  if (!manifest) return pass(manifest);
  auto items = read_item_parts(folder, threads);
  if (!items) return pass(items);
  JournalGrades grades(*items, grader);
  const auto read = for_each_response(
      folder, threads, [&grades](std::uint64_t line, Response& response) { grades.take(line, response); });
  if (!read) return pass(read);
  const auto rows = grades.answered();
  const auto written = write_grades(folder, *manifest, rules.name, rows);
  free_items(*items, threads);
  if (!written) return pass(written);
  return static_cast<std::uint64_t>(rows.size());
}

}  // namespace osler
