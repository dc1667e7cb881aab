#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "osler/phantom/random.h"

namespace osler::phantom {

/// Pictures are square, this many pixels wide and high.
inline constexpr std::size_t kPictureSize = 192;
inline constexpr double kMiddle = static_cast<double>(kPictureSize) / 2;

/// Of an ultrasound sector: the height of the point where the beams meet, above the picture, and half of the sector's
/// width for each pixel of depth below it.
inline constexpr double kApex = -14;
inline constexpr double kOpening = 0.8;

enum class Family { ct, radiograph, ultrasound, histology };
inline constexpr std::array<Family, 4> kFamilies = {Family::ct, Family::radiograph, Family::ultrasound,
                                                    Family::histology};
inline constexpr std::size_t kMostLesions = 4;

/// "ct", "radiograph", "ultrasound" or "histology".
[[nodiscard]] std::string_view name_of(Family family);

/// An ellipse in pixels of the picture; x runs to the right, y runs down.
struct Lesion {
  double x = 0;
  double y = 0;
  double rx = 0;
  double ry = 0;
  /// The unit vector of the rx axis.
  double axis_x = 1;
  double axis_y = 0;
  bool brighter = false;  ///< Than its surroundings; otherwise darker.
  bool right = false;     ///< In the half that the questions call right: the patient's in CT and radiographs.
  bool upper = false;     ///< In the upper half of the picture (anterior in CT).

  /// Below 1 inside, 1 on the border.
  [[nodiscard]] double distance(double px, double py) const;
  [[nodiscard]] double radius() const { return rx > ry ? rx : ry; }
  /// The same with both radii larger by so many pixels.
  [[nodiscard]] Lesion grown(double by) const;
  /// Turns it at random.
  void turn(Random& random);
};

/// The truth about one picture.
struct Scene {
  Family family = Family::ct;
  /// CT: enlarged ventricles. Radiograph: enlarged heart. Ultrasound: fluid under the capsule. Histology: crowded
  /// cells.
  bool background = false;
  /// CT and radiograph: midline pushed away from the largest lesion, otherwise pulled towards it. Ultrasound: a shadow
  /// behind the largest lesion, otherwise a bright band. Histology: ragged border of the largest lesion, else smooth.
  bool sign = false;
  /// The largest first; its radius is at least 1.35 times that of the next.
  std::vector<Lesion> lesions;

  [[nodiscard]] bool has_midline() const { return family == Family::ct || family == Family::radiograph; }
  /// In CT and radiographs the patient's right is on the left of the picture.
  [[nodiscard]] bool mirrored() const { return has_midline(); }
  [[nodiscard]] std::size_t count_right() const;
  /// True when the midline is displaced towards the half that the questions call right. Needs has_midline() and a
  /// lesion.
  [[nodiscard]] bool shifted_right() const;
  /// Displacement of the midline in pixels of the picture: negative is to the left. 0 without lesions.
  [[nodiscard]] double midline_shift() const;
};

/// Family and number of lesions of picture `index`: every 20 pictures in a row have each of the 4 x 5 pairs once.
struct Design {
  Family family = Family::ct;
  std::size_t lesions = 0;
};
[[nodiscard]] Design design_of(std::uint64_t seed, std::uint64_t index);

/// Draws the truth. Side, height, brightness, sign and background of the largest lesion are independent fair coins.
/// The difference between the halves is 0, 1 to the right, 1 to the left, 2 or more to the right, 2 or more to the
/// left with probability 1/5 each, if the number of lesions is uniform on 1 to 4.
[[nodiscard]] Scene sample_scene(Design design, Random& random);

}  // namespace osler::phantom
