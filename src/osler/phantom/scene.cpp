#include "osler/phantom/scene.h"

#include <algorithm>
#include <cmath>

namespace osler::phantom {
namespace {

/// The height that divides upper from lower quadrants, and how far a lesion keeps from that line and from the middle.
struct Region {
  double divide_y = kMiddle;
  double gap_x = 5;
  double gap_y = 5;
};

Region region_of(Family family) {
  switch (family) {
    case Family::ct:
      return {96, 9, 5};
    case Family::radiograph:
      return {92, 20, 5};
    case Family::ultrasound:
      return {112, 5, 5};
    case Family::histology:
      break;
  }
  return {96, 5, 5};
}

bool inside_ellipse(double x, double y, double centre_x, double centre_y, double a, double b) {
  if (a <= 0 || b <= 0) return false;
  const double u = (x - centre_x) / a;
  const double v = (y - centre_y) / b;
  return u * u + v * v <= 1;
}

/// True when a disc of radius r lies in the part of the picture where the family can show a lesion.
bool fits(Family family, double x, double y, double r) {
  switch (family) {
    case Family::ct:
      return inside_ellipse(x, y, 96, 96, 63 - r, 77 - r);
    case Family::radiograph:
      return inside_ellipse(x, y, x < kMiddle ? 54 : 138, 92, 37 - r, 66 - r);
    case Family::ultrasound: {
      const double half_width = kOpening * (y - kApex);
      return std::abs(x - kMiddle) + 1.3 * r < half_width && std::abs(x - kMiddle) + r < 88 && y - r > 58 &&
             y + r < 168;
    }
    case Family::histology:
      break;
  }
  return x - r > 8 && x + r < 184 && y - r > 8 && y + r < 184;
}

/// Behind the largest lesion of an ultrasound lies its shadow or bright band, which must not fall on another lesion.
bool hidden_behind(const Lesion& front, const Lesion& back) {
  if (back.y < front.y) return false;
  const double scale = (back.y - kApex) / (front.y - kApex);
  const double ray_x = kMiddle + (front.x - kMiddle) * scale;
  return std::abs(back.x - ray_x) < front.radius() * scale + back.radius() + 2;
}

bool collides(Family family, const Lesion& lesion, const std::vector<Lesion>& others) {
  if (family == Family::ultrasound && !others.empty() && hidden_behind(others.front(), lesion)) return true;
  return std::any_of(others.begin(), others.end(), [&](const Lesion& other) {
    const double dx = lesion.x - other.x;
    const double dy = lesion.y - other.y;
    const double apart = lesion.radius() + other.radius() + 5;
    return dx * dx + dy * dy < apart * apart;
  });
}

/// How many of `lesions` lie to the right.
std::size_t sample_count_right(std::size_t lesions, Random& random) {
  std::size_t more = lesions;  // In the fuller half.
  if (lesions == 2 && random.coin(0.4)) more = 1;
  if (lesions == 3 && random.coin(0.6)) more = 2;
  if (lesions == 4) more = random.coin(0.4) ? 2 : 3 + random.index(2);
  return random.coin() ? more : lesions - more;
}

/// Sides and heights of all lesions: which of them lie right, which upper, at most two in a quadrant if it can be.
void sample_quadrants(Scene& scene, Random& random) {
  std::vector<bool> right(scene.lesions.size());
  const std::size_t count = sample_count_right(right.size(), random);
  std::fill(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(count), true);
  // Shuffled by hand: std::vector<bool> has no references to swap.
  for (std::size_t i = right.size(); i > 1; --i) {
    const std::size_t j = random.index(i);
    const bool kept = right[i - 1];
    right[i - 1] = right[j];
    right[j] = kept;
  }
  std::array<std::size_t, 4> used{};
  for (std::size_t i = 0; i < right.size(); ++i) {
    Lesion& lesion = scene.lesions[i];
    lesion.right = right[i];
    lesion.upper = random.coin();
    const auto quadrant = [&lesion] { return (lesion.right ? 2U : 0U) + (lesion.upper ? 1U : 0U); };
    if (used.at(quadrant()) >= 2) lesion.upper = !lesion.upper;
    ++used.at(quadrant());
  }
}

void sample_shape(Lesion& lesion, double radius, Random& random) {
  lesion.rx = radius;
  lesion.ry = radius * random.between(0.8, 1.0);
  lesion.turn(random);
}

bool place(const Scene& scene, Lesion& lesion, const std::vector<Lesion>& placed, Random& random) {
  const Region region = region_of(scene.family);
  const bool picture_left = scene.mirrored() ? lesion.right : !lesion.right;
  constexpr int kTries = 200;
  for (int i = 0; i < kTries; ++i) {
    const double dx = random.between(region.gap_x, kMiddle) + lesion.radius();
    const double dy = random.between(region.gap_y, kMiddle) + 0.6 * lesion.radius();
    lesion.x = kMiddle + (picture_left ? -dx : dx);
    lesion.y = region.divide_y + (lesion.upper ? -dy : dy);
    if (fits(scene.family, lesion.x, lesion.y, lesion.radius()) && !collides(scene.family, lesion, placed)) return true;
  }
  return false;
}

bool place_all(Scene& scene, Random& random) {
  std::vector<Lesion> placed;
  const double largest = random.between(13, 17);
  for (std::size_t i = 0; i < scene.lesions.size(); ++i) {
    Lesion& lesion = scene.lesions[i];
    sample_shape(lesion, i == 0 ? largest : random.between(6.5, largest / 1.35), random);
    if (!place(scene, lesion, placed, random)) return false;
    placed.push_back(lesion);
  }
  return true;
}

}  // namespace

std::string_view name_of(Family family) {
  switch (family) {
    case Family::ct:
      return "ct";
    case Family::radiograph:
      return "radiograph";
    case Family::ultrasound:
      return "ultrasound";
    case Family::histology:
      break;
  }
  return "histology";
}

double Lesion::distance(double px, double py) const {
  const double dx = px - x;
  const double dy = py - y;
  const double u = (dx * axis_x + dy * axis_y) / rx;
  const double v = (dy * axis_x - dx * axis_y) / ry;
  return std::sqrt(u * u + v * v);
}

Lesion Lesion::grown(double by) const {
  Lesion larger = *this;
  larger.rx += by;
  larger.ry += by;
  return larger;
}

void Lesion::turn(Random& random) {
  // A point of the unit circle by rational numbers: no sine that differs between C libraries.
  const double t = random.between(-1, 1);
  axis_x = (1 - t * t) / (1 + t * t);
  axis_y = 2 * t / (1 + t * t);
}

std::size_t Scene::count_right() const {
  return static_cast<std::size_t>(
      std::count_if(lesions.begin(), lesions.end(), [](const Lesion& lesion) { return lesion.right; }));
}

bool Scene::shifted_right() const { return lesions.front().right != sign; }

double Scene::midline_shift() const {
  if (!has_midline() || lesions.empty()) return 0;
  constexpr double kShift = 11;
  return shifted_right() == mirrored() ? -kShift : kShift;
}

Design design_of(std::uint64_t seed, std::uint64_t index) {
  constexpr std::size_t kDesigns = kFamilies.size() * (kMostLesions + 1);
  std::vector<std::size_t> order(kDesigns);
  for (std::size_t i = 0; i < kDesigns; ++i) order[i] = i;
  Random random(seed ^ 0x5CE9E5U, index / kDesigns);
  random.shuffle(order);
  const std::size_t design = order[index % kDesigns];
  return {kFamilies.at(design % kFamilies.size()), design / kFamilies.size()};
}

Scene sample_scene(Design design, Random& random) {
  Scene scene;
  scene.family = design.family;
  scene.background = random.coin();
  scene.sign = random.coin();
  scene.lesions.resize(design.lesions);
  for (Lesion& lesion : scene.lesions) lesion.brighter = random.coin();
  sample_quadrants(scene, random);
  // Whether the lesions fit has nothing to do with what is asked about them, so trying again keeps the coins fair.
  while (!place_all(scene, random)) {
  }
  return scene;
}

}  // namespace osler::phantom
