#pragma once

#include <vector>

#include "osler/core/item.h"
#include "osler/core/response.h"
#include "osler/report/rule_sets.h"
#include "osler/run/recorded_run.h"

namespace osler::cli {

/// An item beside the last words of its response.
[[nodiscard]] report::SeenItem seen_item(const Item& item, const Response& response);

/// The run's responses graded by every rule set; items without a response are left out.
[[nodiscard]] report::RuleSetView view_of(const RecordedRun& run, const std::vector<RuleSet>& sets);

}  // namespace osler::cli
