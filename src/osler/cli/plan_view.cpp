#include "osler/cli/plan_view.h"

#include <fmt/format.h>

#include <array>

#include "osler/cli/progress.h"
#include "osler/core/utf8.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

constexpr std::string_view kBf16 =
    "this projector is F16; the same in BF16 encodes images faster on this processor, by 1.4 times where it was "
    "measured (docs/performance.md)";

/// "1,234,567".
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string size_text(std::uint64_t bytes) {
  static constexpr std::array kUnits{"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024.0 && unit + 1 < kUnits.size(); ++unit) size /= 1024.0;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

/// As duration_text(), and finer where whole seconds say little.
std::string time_text(double seconds) {
  if (seconds < 0.1) return fmt::format("{:.0f} ms", 1000.0 * seconds);
  return seconds < 10.0 ? fmt::format("{:.1f} s", seconds) : duration_text(seconds);
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(count), count == 1 ? one : many);
}

double ratio(double a, double b) { return b > 0.0 ? a / b : 0.0; }

double ratio(std::uint64_t a, std::uint64_t b) { return ratio(static_cast<double>(a), static_cast<double>(b)); }

std::string line(std::string_view name, const std::string& text) { return fmt::format("  {:<10} {}\n", name, text); }

std::string refused_text(const Refused& refused) {
  std::string ids;
  for (const auto& id : refused.first_ids) ids += (ids.empty() ? "" : ", ") + id;
  if (refused.items > refused.first_ids.size()) ids += ", ...";
  return printable_line(fmt::format("{} {}: {} ({})", grouped(refused.items), refused.kind, ids, refused.first_reason));
}

std::string counts_text(const PlanCounts& counts) {
  std::string text;
  text += line("images", fmt::format("{} shown, {}", grouped(counts.images),
                                     plural(counts.pictures, "distinct picture", "distinct pictures")));
  text += line("prefixes", counts.prefixes == 0 ? "none"
                                                : fmt::format("{}, for {:.1f} prompts each", grouped(counts.prefixes),
                                                              ratio(counts.prompts, counts.prefixes)));
  text += line("tokens", fmt::format("{} in {}, of these {} of images; the longest has {}",
                                     grouped(counts.prompt_tokens), plural(counts.prompts, "prompt", "prompts"),
                                     grouped(counts.image_tokens), grouped(counts.longest_prompt)));
  text += line("evaluated", fmt::format("{} tokens, {} encoded from images; one by one {} and {}",
                                        grouped(counts.evaluated_tokens()), grouped(counts.encoded_image_tokens),
                                        grouped(counts.unshared_tokens()), grouped(counts.image_tokens)));
  return text;
}

std::string time_lines(const RunPlan& plan, const PlanTime& shared, const PlanTime& unshared, double preparing) {
  std::string text = line(
      "time", fmt::format("{} expected{}; {} one by one without sharing", time_text(plan.seconds(shared, preparing)),
                          plan.answers_at_once > 1 ? ", were the batch always full" : "",
                          time_text(plan.seconds(unshared, preparing))));
  text += line("", fmt::format("images encoded {}, prefixes {}, questions {}, answers {}; pictures read {}",
                               time_text(shared.encoding), time_text(shared.prefixes), time_text(shared.questions),
                               time_text(shared.answers), time_text(preparing)));
  return text;
}

std::string answers_line(const RowSetPlan& row_set) {
  const PlannedTime& time = *row_set.time;
  if (row_set.counts.answers == 0) return line("answers", "none are generated, options are scored");
  std::string text = fmt::format("taken to have {:.1f} tokens", time.answer_tokens);
  if (time.answers_of_others) text += ", as those of the other row sets";
  if (row_set.sample.answers > 0 && row_set.sample.tokens_per_answer() == time.answer_tokens) {
    text += fmt::format(", as {} of the sample", grouped(row_set.sample.answers));
  }
  if (time.answers_are_longer) {
    text += ", which had not all ended when the measurement did: say with --answer-tokens how long they are";
  }
  return line("answers", fmt::format("{}; the protocol allows {}", text, grouped(row_set.counts.longest_answer)));
}

std::string row_set_text(const RunPlan& plan, const RowSetPlan& row_set) {
  std::string text = fmt::format("{}, protocol {}\n", row_set.row_set, row_set.protocol);
  const std::uint64_t refused = row_set.items - row_set.counts.items;
  text += line("items", refused == 0
                            ? grouped(row_set.items)
                            : fmt::format("{}, of which {} get no answer", grouped(row_set.items), grouped(refused)));
  for (const auto& reason : row_set.refused) text += line("", refused_text(reason));
  if (row_set.counts.items == 0) return text;
  text += counts_text(row_set.counts);
  if (!row_set.time) return text;
  return text + time_lines(plan, row_set.time->shared, row_set.time->unshared, row_set.preparing) +
         answers_line(row_set);
}

/// All benchmarks together; the times are there if they are of each.
struct Together {
  PlanCounts counts;
  std::uint64_t items = 0;
  double preparing = 0.0;
  PlanTime shared;
  PlanTime unshared;
};

Together together(const RunPlan& plan) {
  Together all;
  all.counts = plan.total();
  for (const auto& row_set : plan.row_sets) {
    all.items += row_set.items;
    all.preparing += row_set.preparing;
    if (!row_set.time) continue;
    all.shared += row_set.time->shared;
    all.unshared += row_set.time->unshared;
  }
  return all;
}

std::string total_text(const RunPlan& plan) {
  const Together all = together(plan);
  std::string text = fmt::format("all {} row sets\n", plan.row_sets.size());
  text += line("items", grouped(all.items)) + counts_text(all.counts);
  if (plan.sample.items > 0) text += time_lines(plan, all.shared, all.unshared, all.preparing);
  return text;
}

std::string memory_text(const RunPlan& plan) {
  const PlanMemory& memory = plan.memory;
  const PlanCounts counts = plan.total();
  std::string text = "memory\n";
  text +=
      line("model", fmt::format("{}, projector {}", size_text(memory.model_bytes), size_text(memory.projector_bytes)));
  std::string context =
      fmt::format("{} per token; {} tokens: {}", size_text(memory.kv_bytes_per_token), grouped(counts.context_cells),
                  size_text(counts.context_cells * memory.kv_bytes_per_token));
  if (plan.answers_at_once > 1) context += fmt::format(" for {} answers at once", plan.answers_at_once);
  if (plan.workers > 1) context += fmt::format(" in each of {} workers", plan.workers);
  context += fmt::format(", of {} that it may take", size_text(memory.context_limit * memory.kv_bytes_per_token));
  text += line("context", context);
  text +=
      line("images", fmt::format("up to {} of encoded images are kept; all would be {}", size_text(plan.image_cache),
                                 size_text(counts.encoded_image_tokens * memory.embedding_bytes_per_token)));
  if (memory.available > 0) {
    text += line("free", fmt::format("{} {}", size_text(memory.available), plan.on_gpu ? "on the GPU" : "of memory"));
  }
  return text;
}

/// Milliseconds per token.
double rate(double milliseconds, std::uint64_t tokens) { return ratio(milliseconds, static_cast<double>(tokens)); }

std::string sample_text(const RunPlan& plan) {
  const PlanSample& sample = plan.sample;
  if (sample.items == 0) return {};
  return fmt::format(
      "measured on {} in {}: per token {:.3f} ms to encode images, {:.3f} ms for prefixes, {:.3f} ms for questions, "
      "{:.3f} ms for answers\n",
      plural(sample.items, "item", "items"), time_text(plan.measuring), rate(sample.encode_ms, sample.image_tokens),
      rate(sample.prefix_ms, sample.prefix_tokens), rate(sample.question_ms, sample.question_tokens),
      rate(sample.decode_ms, sample.decoded_tokens));
}

using OrderedJson = nlohmann::ordered_json;

OrderedJson to_json(const PlanCounts& counts) {
  return {{"answered_items", counts.items},
          {"images", counts.images},
          {"distinct_pictures", counts.pictures},
          {"prefixes", counts.prefixes},
          {"prompts", counts.prompts},
          {"prompt_tokens", counts.prompt_tokens},
          {"image_tokens", counts.image_tokens},
          {"question_tokens", counts.question_tokens},
          {"option_tokens", counts.option_tokens},
          {"longest_prompt", counts.longest_prompt},
          {"longest_answer", counts.longest_answer},
          {"evaluated_tokens", counts.evaluated_tokens()},
          {"evaluated_tokens_one_by_one", counts.unshared_tokens()},
          {"encoded_image_tokens", counts.encoded_image_tokens},
          {"context_tokens", counts.context_cells}};
}

OrderedJson to_json(const RunPlan& plan, const PlanTime& time, double preparing) {
  return {{"seconds", plan.seconds(time, preparing)},
          {"encoding", time.encoding},
          {"prefixes", time.prefixes},
          {"questions", time.questions},
          {"answers", time.answers},
          {"reading_pictures", preparing}};
}

OrderedJson to_json(const RunPlan& plan, const RowSetPlan& row_set) {
  auto refused = OrderedJson::array();
  for (const auto& reason : row_set.refused) {
    refused.push_back({{"kind", reason.kind},
                       {"items", reason.items},
                       {"first_ids", reason.first_ids},
                       {"first_reason", reason.first_reason}});
  }
  OrderedJson json{{"row_set", row_set.row_set},
                   {"protocol", row_set.protocol},
                   {"items", row_set.items},
                   {"refused", refused},
                   {"counts", to_json(row_set.counts)}};
  if (!row_set.time) return json;
  json["answer_tokens"] = {{"each", row_set.time->answer_tokens},
                           {"sampled_answers", row_set.sample.answers},
                           {"cut_answers", row_set.sample.cut_answers}};
  json["expected"] = to_json(plan, row_set.time->shared, row_set.preparing);
  json["one_by_one"] = to_json(plan, row_set.time->unshared, row_set.preparing);
  return json;
}

OrderedJson memory_json(const RunPlan& plan) {
  const PlanMemory& memory = plan.memory;
  const PlanCounts counts = plan.total();
  return {{"model", memory.model_bytes},
          {"projector", memory.projector_bytes},
          {"context_per_token", memory.kv_bytes_per_token},
          {"context", counts.context_cells * memory.kv_bytes_per_token},
          {"context_limit", memory.context_limit * memory.kv_bytes_per_token},
          {"image_cache", plan.image_cache},
          {"encoded_images", counts.encoded_image_tokens * memory.embedding_bytes_per_token},
          {"available", memory.available}};
}

OrderedJson sample_json(const RunPlan& plan) {
  const PlanSample& sample = plan.sample;
  return {{"items", sample.items},
          {"seconds", plan.measuring},
          {"ms_per_encoded_image_token", rate(sample.encode_ms, sample.image_tokens)},
          {"ms_per_prefix_token", rate(sample.prefix_ms, sample.prefix_tokens)},
          {"ms_per_question_token", rate(sample.question_ms, sample.question_tokens)},
          {"ms_per_answer_token", rate(sample.decode_ms, sample.decoded_tokens)}};
}

}  // namespace

std::string plan_text(const RunPlan& plan) {
  std::string text = fmt::format("{}\n", printable_line(plan.model));
  for (const auto& row_set : plan.row_sets) text += row_set_text(plan, row_set);
  if (plan.row_sets.size() > 1) text += total_text(plan);
  text += memory_text(plan) + sample_text(plan);
  if (plan.would_gain_from_bf16) text += fmt::format("note: {}\n", kBf16);
  return text;
}

std::string plan_json(const RunPlan& plan) {
  const Together all = together(plan);
  auto row_sets = OrderedJson::array();
  for (const auto& row_set : plan.row_sets) row_sets.push_back(to_json(plan, row_set));
  OrderedJson json{{"model", plan.model},
                   {"row_sets", row_sets},
                   {"total", {{"items", all.items}, {"counts", to_json(all.counts)}}},
                   {"answers_at_once", plan.answers_at_once},
                   {"workers", plan.workers},
                   {"memory", memory_json(plan)},
                   {"notes", OrderedJson::array()}};
  if (plan.sample.items > 0) {
    json["total"]["expected"] = to_json(plan, all.shared, all.preparing);
    json["total"]["one_by_one"] = to_json(plan, all.unshared, all.preparing);
    json["measured"] = sample_json(plan);
  }
  if (plan.would_gain_from_bf16) json["notes"].push_back(kBf16);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace osler::cli
