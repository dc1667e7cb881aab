#include "osler/stats/bootstrap.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cassert>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "osler/core/parallel.h"
#include "osler/stats/critical.h"
#include "osler/stats/random.h"

namespace osler::stats {
namespace {

/// Replicates are drawn in blocks: what a generator costs to seed is shared, and the blocks do not depend on threads.
constexpr std::size_t kBlock = 250;

/// log n!, tabled: a draw asks for a few of them.
class LogFactorials {
 public:
  explicit LogFactorials(std::size_t most) : table_(most + 1) {
    for (std::size_t i = 2; i <= most; ++i) table_[i] = table_[i - 1] + std::log(static_cast<double>(i));
  }
  [[nodiscard]] double operator()(std::size_t n) const { return table_[n]; }

 private:
  std::vector<double> table_;
};

/// A binomial number by inversion from the mode outwards: exact, with steps in proportion to the standard deviation.
std::size_t binomial(Random& random, std::size_t n, double p, const LogFactorials& log_factorial) {
  if (n == 0 || p <= 0.0) return 0;
  if (p >= 1.0) return n;
  const double odds = p / (1.0 - p);
  const auto mode = std::min(n, static_cast<std::size_t>((static_cast<double>(n) + 1.0) * p));
  const double at_mode =
      std::exp(log_factorial(n) - log_factorial(mode) - log_factorial(n - mode) +
               static_cast<double>(mode) * std::log(p) + static_cast<double>(n - mode) * std::log1p(-p));
  double left = random.uniform() - at_mode;
  if (left < 0.0) return mode;
  double up = at_mode;
  double down = at_mode;
  std::size_t high = mode;
  std::size_t low = mode;
  while (high < n || low > 0) {
    if (high < n) {
      up *= odds * static_cast<double>(n - high) / static_cast<double>(high + 1);
      ++high;
      left -= up;
      if (left < 0.0) return high;
    }
    if (low > 0) {
      down *= static_cast<double>(low) / (odds * static_cast<double>(n - low + 1));
      --low;
      left -= down;
      if (left < 0.0) return low;
    }
  }
  return mode;  // rounding left a rest
}

/// One sample, ready to be drawn from.
class Sample {
 public:
  explicit Sample(std::span<const ClusterShape> shapes) : shapes_(shapes.begin(), shapes.end()) {
    // The most frequent first: later shapes are then seldom drawn, and an early end comes early.
    std::ranges::stable_sort(shapes_, [](const auto& a, const auto& b) { return a.count > b.count; });
    for (const auto& shape : shapes_) {
      clusters_ += shape.count;
      sum_ += shape.sum * static_cast<double>(shape.count);
      items_ += shape.items * static_cast<double>(shape.count);
    }
    for (const auto& shape : shapes_) {
      for (std::size_t i = 0; singles() && i < shape.count; ++i) list_.push_back({shape.sum, shape.items, 1});
    }
  }

  [[nodiscard]] std::size_t clusters() const { return clusters_; }
  [[nodiscard]] double mean() const { return sum_ / items_; }
  [[nodiscard]] bool varies() const {
    return std::ranges::any_of(shapes_, [&](const auto& one) {
      return std::abs(one.sum / one.items - shapes_.front().sum / shapes_.front().items) > 1e-12;
    });
  }

  [[nodiscard]] double draw(Random& random, const LogFactorials& log_factorial) const {
    double sum = 0.0;
    double items = 0.0;
    if (singles()) {
      for (std::size_t i = 0; i < clusters_; ++i) {
        const auto& one = list_[static_cast<std::size_t>(random.uniform() * static_cast<double>(clusters_))];
        sum += one.sum;
        items += one.items;
      }
      return sum / items;
    }
    std::size_t left = clusters_;
    std::size_t rest = clusters_;  // clusters of the shapes that are still to come
    for (std::size_t i = 0; i < shapes_.size() && left > 0; ++i) {
      const auto& shape = shapes_[i];
      const double share = static_cast<double>(shape.count) / static_cast<double>(rest);
      const std::size_t drawn = i + 1 == shapes_.size() ? left : binomial(random, left, share, log_factorial);
      sum += shape.sum * static_cast<double>(drawn);
      items += shape.items * static_cast<double>(drawn);
      left -= drawn;
      rest -= shape.count;
    }
    return sum / items;
  }

  /// The means without one cluster, each as often as there are such clusters.
  void jackknife(std::vector<std::pair<double, double>>& means, double others, double weight) const {
    for (const auto& shape : shapes_) {
      const double without = (sum_ - shape.sum) / (items_ - shape.items);
      means.emplace_back(others + weight * without, static_cast<double>(shape.count));
    }
  }

 private:
  /// A few clusters of many shapes are drawn one by one: a binomial number costs more than a few of these.
  [[nodiscard]] bool singles() const { return clusters_ < 4 * shapes_.size(); }

  std::vector<ClusterShape> shapes_;
  std::vector<ClusterShape> list_;
  std::size_t clusters_ = 0;
  double sum_ = 0.0;
  double items_ = 0.0;
};

double acceleration(const std::vector<std::pair<double, double>>& means) {
  double weights = 0.0;
  double average = 0.0;
  for (const auto& [mean, weight] : means) {
    weights += weight;
    average += mean * weight;
  }
  average /= weights;
  double squares = 0.0;
  double cubes = 0.0;
  for (const auto& [mean, weight] : means) {
    const double difference = average - mean;
    squares += weight * difference * difference;
    cubes += weight * difference * difference * difference;
  }
  return squares > 0.0 ? cubes / (6.0 * std::pow(squares, 1.5)) : 0.0;
}

/// The value below which `share` of the sorted values lie, between the nearest two.
double quantile(const std::vector<double>& sorted, double share) {
  const double place =
      std::clamp(share * static_cast<double>(sorted.size()) - 0.5, 0.0, static_cast<double>(sorted.size() - 1));
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

Interval bca(const std::vector<double>& sorted, double mean, double accelerate, double confidence) {
  // Sums of fractions in another order may be off by rounding: that is still a tie.
  constexpr double kRounding = 1e-12;
  const auto below = std::lower_bound(sorted.begin(), sorted.end(), mean - kRounding) - sorted.begin();
  const auto not_above = std::upper_bound(sorted.begin(), sorted.end(), mean + kRounding) - sorted.begin();
  const auto count = static_cast<double>(sorted.size());
  // Kept off 0 and 1, where the correction would be infinite.
  const double share = std::clamp(static_cast<double>(below + not_above) / 2.0 / count, 0.5 / count, 1.0 - 0.5 / count);
  const boost::math::normal normal;
  const double bias = boost::math::quantile(normal, share);
  const double z = normal_critical(confidence);
  const auto end = [&](double critical) {
    const double shifted = bias + critical;
    // Past its pole the correction would come back from the other side.
    const double stretch = 1.0 - accelerate * shifted;
    if (stretch <= 0.0) return shifted > 0.0 ? sorted.back() : sorted.front();
    return quantile(sorted, boost::math::cdf(normal, bias + shifted / stretch));
  };
  const double low = end(-z);
  const double high = end(z);
  return {std::min(low, high), std::max(low, high)};
}

std::optional<BootstrapMean> bootstrap(const std::vector<Sample>& samples, const BootstrapOptions& options) {
  assert(!samples.empty() && options.replicates > 0);
  std::size_t most = 0;
  bool varies = false;
  BootstrapMean found;
  const double weight = 1.0 / static_cast<double>(samples.size());
  for (const auto& sample : samples) {
    if (sample.clusters() < 2) return std::nullopt;
    most = std::max(most, sample.clusters());
    varies = varies || sample.varies();
    found.mean += weight * sample.mean();
  }
  if (!varies) return std::nullopt;
  const LogFactorials log_factorial(most);
  std::vector<double> replicates(options.replicates);
  for_each_index((options.replicates + kBlock - 1) / kBlock, [&](std::size_t block) {
    Random random = Random::for_block(options.seed, block);
    const std::size_t end = std::min(options.replicates, (block + 1) * kBlock);
    for (std::size_t i = block * kBlock; i < end; ++i) {
      double mean = 0.0;
      for (const auto& sample : samples) mean += weight * sample.draw(random, log_factorial);
      replicates[i] = mean;
    }
  });
  std::ranges::sort(replicates);
  double average = 0.0;
  for (const double one : replicates) average += one / static_cast<double>(replicates.size());
  double squares = 0.0;
  for (const double one : replicates) squares += (one - average) * (one - average);
  found.standard_error = std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, replicates.size() - 1)));
  std::vector<std::pair<double, double>> without;
  for (const auto& sample : samples) sample.jackknife(without, found.mean - weight * sample.mean(), weight);
  found.interval = bca(replicates, found.mean, acceleration(without), options.confidence);
  return found;
}

}  // namespace

std::vector<ClusterShape> cluster_shapes(std::span<const double> scores, std::span<const std::size_t> cluster_of) {
  assert(scores.size() == cluster_of.size());
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Within a cluster by score, so that its sum is the same to the last bit for any order of the items.
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::tie(cluster_of[a], scores[a]) < std::tie(cluster_of[b], scores[b]);
  });
  std::map<std::pair<double, double>, std::size_t> counts;
  for (std::size_t at = 0; at < order.size();) {
    const std::size_t cluster = cluster_of[order[at]];
    double sum = 0.0;
    double items = 0.0;
    for (; at < order.size() && cluster_of[order[at]] == cluster; ++at) {
      sum += scores[order[at]];
      items += 1.0;
    }
    ++counts[{sum, items}];
  }
  std::vector<ClusterShape> shapes;
  for (const auto& [shape, count] : counts) shapes.push_back({shape.first, shape.second, count});
  return shapes;
}

std::optional<BootstrapMean> bootstrap_mean(std::span<const ClusterShape> shapes, const BootstrapOptions& options) {
  std::vector<Sample> samples;
  samples.emplace_back(shapes);
  return bootstrap(samples, options);
}

std::optional<BootstrapMean> bootstrap_macro_mean(std::span<const std::vector<ClusterShape>> samples,
                                                  const BootstrapOptions& options) {
  std::vector<Sample> ready;
  for (const auto& sample : samples) ready.emplace_back(sample);
  return bootstrap(ready, options);
}

}  // namespace osler::stats
