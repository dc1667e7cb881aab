#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/core/parallel.h"
#include "osler/core/response.h"
#include "osler/grade/grader.h"
#include "osler/model/model_card.h"
#include "osler/prompt/protocol.h"
#include "osler/run/grades_file.h"

namespace osler {

/// The grader that a protocol asks for, with what the model's card says about its reasoning.
[[nodiscard]] Result<grade::Grader> make_grader(const Protocol& protocol,
                                                const std::optional<ModelCard>& model_card = std::nullopt);

/// Grades what was answered, in the order of the items; items without a response are left out. The rows point into
/// both. The work is shared by so many threads; the result does not depend on their number.
[[nodiscard]] std::vector<GradedResponse> grade_all(const std::vector<Item>& items,
                                                    const std::unordered_map<std::string, Response>& responses,
                                                    const grade::Grader& grader, unsigned threads = usable_threads());

/// Grades a run's recorded responses, without its benchmark or model, and writes grades.parquet anew. Responses are
/// read, graded and forgotten one by one. Returns the number of items graded.
[[nodiscard]] Result<std::uint64_t> grade_run(const std::filesystem::path& folder, const Protocol& rules,
                                              const grade::Grader& grader, unsigned threads = usable_threads());

}  // namespace osler
