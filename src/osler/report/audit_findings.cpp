#include "osler/report/audit_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace osler::report {
namespace {

using audit::Audit;

/// Makes the findings of one audit, check by check.
class Wording {
 public:
  explicit Wording(const Audit& audit) : audit_(audit), table_(audit.table) {}

  std::vector<AuditFinding> all() {
    for (const auto& check : audit_.grim) add_grim(check);
    for (const auto& check : audit_.ranges) add_range(check);
    for (const auto& check : audit_.shares) add_share(check);
    for (const auto& check : audit_.weighted) add_weighted(check);
    for (const auto& check : audit_.orders) add_order(check);
    for (const auto& check : audit_.averages) add_average(check);
    for (const auto& check : audit_.claims) add_claim(check);
    for (const auto& column : audit_.columns) add_size(column);
    for (const auto& check : audit_.close) add_close(check);
    for (const auto& interval : audit_.intervals) add_interval(interval);
    return std::move(findings_);
  }

 private:
  void add(const char* check, std::size_t cell, std::optional<bool> ok, std::string detail) {
    const auto& at = table_.cells[cell];
    findings_.push_back({check, table_.models[at.model], table_.benchmarks[at.benchmark], table_.strata[at.stratum], ok,
                         std::move(detail)});
  }

  void add_column(const char* check, std::size_t benchmark, const std::string& stratum, std::optional<bool> ok,
                  std::string detail) {
    findings_.push_back({check, "", table_.benchmarks[benchmark], stratum, ok, std::move(detail)});
  }

  [[nodiscard]] std::string value(std::size_t cell) const { return printed_percent(table_.cells[cell].value); }

  void add_grim(const audit::GrimCheck& check) {
    const auto& found = check.found;
    std::string detail;
    if (found.rounded()) {
      detail = fmt::format("{} = {}/{} by rounding", value(check.cell), found.rounded_k, check.n);
      if (found.half_up != found.half_even) detail += found.half_up ? " half up only" : " half to even only";
    } else if (found.truncated) {
      detail = fmt::format("{} = {}/{} by truncation only", value(check.cell), found.truncated_k, check.n);
    } else {
      detail = fmt::format("{} is no share of {} items, rounded or truncated", value(check.cell), check.n);
      if (check.smaller) detail += fmt::format("; of fewer: {}/{}", check.smaller->k, check.smaller->n);
    }
    add("grim", check.cell, found.any(), std::move(detail));
  }

  void add_range(const audit::RangeCheck& check) {
    add("range", check.cell, check.holds,
        fmt::format("{} overall, its parts from {} to {}{}", value(check.cell), printed_percent(check.least),
                    printed_percent(check.greatest), check.holds ? "" : ": no weighting of the parts gives this"));
  }

  void add_share(const audit::ShareCheck& check) {
    auto detail = fmt::format("{} of {} models have a share of {} in [0, 1] that explains their overall value",
                              check.possible.size(), check.cells, table_.strata[check.first]);
    if (check.most > 0) {
      detail += fmt::format("; one share serves {} of them at most, as {:.4f} to {:.4f} does", check.most, check.low,
                            check.high);
    }
    add_column("share", check.benchmark, table_.strata[check.first], check.holds(), std::move(detail));
  }

  void add_weighted(const audit::WeightedCheck& check) {
    add("weighted", check.cell, check.holds,
        fmt::format("{} overall, {:.2f}% from its parts of {} and {} items; the second part would have to be {:.2f}%",
                    value(check.cell), 100.0 * check.expected, check.n_first, check.n_second,
                    100.0 * check.implied_second));
  }

  void add_order(const audit::OrderCheck& check) {
    std::string detail =
        fmt::format("{} of {} pairs of models change order between parts", check.inverted, check.pairs);
    constexpr std::size_t kShown = 3;
    for (std::size_t i = 0; i < std::min(kShown, check.impossible.size()); ++i) {
      const auto& pair = check.impossible[i];
      detail += fmt::format("; {} is above {} overall and below it on every part", table_.models[pair.better],
                            table_.models[pair.worse]);
    }
    if (check.impossible.size() > kShown) detail += fmt::format("; and {} more", check.impossible.size() - kShown);
    add_column("order", check.benchmark, "", check.impossible.empty(), std::move(detail));
  }

  void add_average(const audit::AverageCheck& check) {
    const auto& name = table_.averages[check.average].name;
    std::string of = check.left_out.empty() ? "all columns" : "the columns but";
    for (std::size_t i = 0; i < check.left_out.size(); ++i) {
      of += (i > 0 ? ", " : " ") + table_.benchmarks[check.left_out[i]];
    }
    for (const auto& row : check.rows) {
      auto detail =
          fmt::format("{} printed, {:.3f}% is the {} of {}{}", printed_percent(row.printed), 100.0 * row.mean,
                      check.weighted ? "mean" : "plain mean", of, check.weighted ? " weighted by their n" : "");
      if (!row.in_range) detail += "; outside of the range of the columns, so no weighted mean either";
      findings_.push_back({"average", table_.models[row.model], name, "", row.holds, std::move(detail)});
    }
  }

  void add_claim(const audit::ClaimCheck& check) {
    constexpr std::array<const char*, 3> kAbout{"models and benchmarks", "benchmarks", "models"};
    auto detail = fmt::format(
        "{} < {} in {} of {} pairs ({}), the opposite in {}, equal in {}; mean difference {:+.2f} points",
        check.claim.lower, check.claim.higher, check.holds, check.pairs(),
        kAbout.at(static_cast<std::size_t>(check.about)), check.reversed, check.equal, 100.0 * check.mean_difference);
    constexpr std::size_t kShown = 8;
    if (!check.against.empty() && check.against.size() <= kShown) {
      detail += check.supported() ? "; not in" : "; only in";
      for (std::size_t i = 0; i < check.against.size(); ++i) {
        const auto& cell = table_.cells[check.against[i]];
        detail +=
            fmt::format("{} {} on {}", i > 0 ? "," : "", table_.models[cell.model], table_.benchmarks[cell.benchmark]);
      }
    }
    findings_.push_back({"claim", "", "", "", check.supported(), std::move(detail)});
  }

  void add_size(const audit::ColumnSizes& column) {
    std::string detail;
    const auto say = [&](const audit::SizeFit& fit) {
      detail += fmt::format("{}{}{}: {} of {} by rounding ({:.1f} by chance){}", detail.empty() ? "" : "; ", fit.n,
                            fit.name.empty() ? "" : fmt::format(" ({})", fit.name), fit.rounded, column.cells.size(),
                            fit.by_chance, fit.any > fit.rounded ? fmt::format(", {} with truncation", fit.any) : "");
    };
    for (const auto& known : column.known) say(known);
    for (const auto& found : column.likeliest) say(found);
    if (column.count_of_all > 0) {
      detail += fmt::format("{}{} of the n up to {} fit all, {} the least", detail.empty() ? "" : "; ",
                            column.count_of_all, column.searched, column.least_of_all);
    }
    detail += fractions(column);
    if (detail.empty()) detail = fmt::format("no n up to {} fits all", column.searched);
    add_column("size", column.benchmark, table_.strata[column.stratum], std::nullopt, std::move(detail));
  }

  static std::string fractions(const audit::ColumnSizes& column) {
    std::string text;
    for (const auto& fraction : column.fractions) {
      text += text.empty() ? fmt::format("; as shares of {} or fewer: ", column.taken->n) : ", ";
      text += fraction ? fmt::format("{}/{}{}", fraction->k, fraction->n, fraction->truncated ? " (truncated)" : "")
                       : "none";
    }
    return text;
  }

  void add_close(const audit::CloseCheck& check) {
    auto detail = fmt::format("{} of {} pairs of models differ by less than the error of the difference", check.close,
                              check.pairs);
    for (std::size_t i = 0; i < check.closest.size(); ++i) {
      const auto& pair = check.closest[i];
      detail +=
          fmt::format("{} {} and {} by {:.2f} of {:.2f} points", i == 0 ? "; closest" : ",",
                      table_.models[table_.cells[pair.first].model], table_.models[table_.cells[pair.second].model],
                      100.0 * pair.difference, 100.0 * pair.error);
    }
    add_column("difference", check.benchmark, "", std::nullopt, std::move(detail));
  }

  void add_interval(const audit::ImpliedInterval& implied) {
    add("interval", implied.cell, std::nullopt,
        fmt::format("{} of {} items: 95% from {:.1f}% to {:.1f}%", value(implied.cell), implied.n,
                    100.0 * implied.interval.low, 100.0 * implied.interval.high));
  }

  const Audit& audit_;
  const audit::Table& table_;
  std::vector<AuditFinding> findings_;
};

constexpr std::array<std::pair<const char*, const char*>, 7> kMeanings{
    {{"grim", "the value is no share of its number of items"},
     {"range", "the overall value lies outside of the range of its parts, beyond rounding"},
     {"share", "no one division into parts explains the overall values of all models"},
     {"weighted",
      "the overall value is not the mean of its parts weighted by their n, given or taken, beyond rounding"},
     {"order", "a model is better on every part and worse overall"},
     {"average", "the average is not the mean of its columns, plain or weighted by n, beyond rounding"},
     {"claim", "the table speaks against the claim as often as for it, or more often"}}};

}  // namespace

std::vector<AuditFinding> audit_findings(const Audit& audit) { return Wording(audit).all(); }

std::vector<AuditSummary> audit_summary(const std::vector<AuditFinding>& findings) {
  std::vector<AuditSummary> summary;
  for (const auto& [check, meaning] : kMeanings) {
    AuditSummary row{.check = check, .meaning = meaning};
    for (const auto& finding : findings) {
      if (finding.check != check || !finding.ok) continue;
      ++row.checked;
      row.failed += *finding.ok ? 0U : 1U;
    }
    if (row.checked > 0) summary.push_back(std::move(row));
  }
  return summary;
}

std::string printed_percent(audit::Printed printed) {
  return fmt::format("{:.{}f}%", 100.0 * audit::value_of(printed), std::max(0, printed.decimals - 2));
}

}  // namespace osler::report
