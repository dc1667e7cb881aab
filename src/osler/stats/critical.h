#pragma once

namespace osler::stats {

/// Two-sided critical value z of the standard normal distribution: P(|Z| <= z) = confidence.
/// Precondition: 0 < confidence < 1.
[[nodiscard]] double normal_critical(double confidence);

/// Two-sided critical value t of Student's distribution: P(|T| <= t) = confidence.
/// Preconditions: 0 < confidence < 1, degrees_of_freedom > 0.
[[nodiscard]] double student_critical(double confidence, double degrees_of_freedom);

/// P(|T| >= |t|) of Student's distribution. Precondition: degrees_of_freedom > 0.
[[nodiscard]] double student_two_sided_p(double t, double degrees_of_freedom);

}  // namespace osler::stats
