#include "osler/stats/critical.h"

#include <boost/math/distributions/complement.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>

namespace osler::stats {
namespace {

// The upper tail is given to Boost as such: near confidence 1 it keeps digits that (1 + confidence) / 2 loses.
double upper_tail(double confidence) {
  assert(confidence > 0.0 && confidence < 1.0);
  return (1.0 - confidence) / 2.0;
}

}  // namespace

double normal_critical(double confidence) {
  return boost::math::quantile(boost::math::complement(boost::math::normal(), upper_tail(confidence)));
}

double student_critical(double confidence, double degrees_of_freedom) {
  assert(degrees_of_freedom > 0.0);
  const boost::math::students_t distribution(degrees_of_freedom);
  return boost::math::quantile(boost::math::complement(distribution, upper_tail(confidence)));
}

double student_two_sided_p(double t, double degrees_of_freedom) {
  assert(degrees_of_freedom > 0.0);
  const boost::math::students_t distribution(degrees_of_freedom);
  return 2.0 * boost::math::cdf(boost::math::complement(distribution, std::abs(t)));
}

}  // namespace osler::stats
