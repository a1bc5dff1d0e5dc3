#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/anatomy/knee.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/mesh/mesh.h"

namespace ledd {

/// The learned shape of one bone, laid onto the surface of another.
struct ShapeFit {
  std::uint16_t bone_id = 0;
  std::vector<Point> points_lps_mm;  ///< The shape's places, where they lie on this bone.
  std::vector<Point> normals;        ///< Out of the bone, unit length.
  double size = 1.0;                 ///< Of this bone, as a multiple of the mean one's.
  std::vector<double> modes;         ///< How much of each mode, in its SD.
  double distance = 0.0;             ///< Mean of their squares: Mahalanobis^2 per degree of freedom.
  double rms_mm = 0.0;               ///< Of the way from the places to the bone's surface.
  double p95_mm = 0.0;               ///< 95th percentile of the same.
  double reached = 0.0;              ///< Share of the places that meet the surface.
  bool usable = false;               ///< Enough of the bone is there: it can be asked for cartilage.
  std::string doubt;                 ///< In what the bone is unlike the learned ones; empty when it is not.
};

/// What the learned knees have at a point of a bone.
struct LearnedCartilage {
  std::vector<double> probability;      ///< Share of the persons with cartilage there; NaN: not judged.
  std::vector<double> thickness_mm;     ///< Mean of those who have some; NaN where nobody has.
  std::vector<double> thickness_sd_mm;  ///< Between persons.
};

/// A connected part of a cartilage label that lies where hardly any learned knee has cartilage.
struct UnlikelyPart {
  std::uint16_t cartilage = 0;
  double volume_mm3 = 0.0;
  double probability = 0.0;  ///< Largest of its voxels.
  Point centre_lps_mm{};
  std::vector<std::size_t> voxels;  ///< Offsets in the label map, ascending.
};

/// The statistical shape of femur, tibia and patella, and where cartilage stands on them.
///
/// Method   Places on the bones that correspond between 57 manual label volumes of 36 persons; their mean and
///          principal modes, the share of persons with cartilage at each place (covered, enclosed or in a
///          narrow bay), and its thickness. A bone is met by steps of Gauss and Newton over nearest points:
///          turn and shift (patient's axes to begin with), size, then the modes with their own spread as
///          prior; residuals count by Huber's weights. Left bones are mirrored.
/// Source   Cootes et al., Comput Vis Image Underst 61:38, 1995 (modes); tools/train/knee/shape.py.
/// Limits   Legs turned by 30 degrees and more from the patient's axes; shafts beyond the part that
///          all the learned knees show are not judged. Figures: docs/knee-shape.md.
class KneeShape {
 public:
  struct Params {
    double never = 0.02;      ///< Cartilage is unlikely where fewer persons have some.
    double least_mm3 = 10.0;  ///< Smaller unlikely parts are a plate's rim.
    double once = 0.9;        ///< Bone was once covered where at least this share of persons has cartilage.
    double margin = 1.25;     ///< A bone is unlike the learned ones beyond this multiple of their range.
    double least_reached = 0.7;  ///< Less of a bone is not judged.
    static const ParamTable<Params>& table();
  };

  /// @param model  The bytes of the model; see tools/train/knee/shape_fit.py, as_bytes.
  /// @throws Error{kParam, kFormat}
  KneeShape(const Params& params, std::string_view model);
  ~KneeShape();
  KneeShape(KneeShape&&) noexcept;
  KneeShape& operator=(KneeShape&&) noexcept;

  const Params& params() const { return params_; }
  std::vector<std::uint16_t> bones() const;                            ///< Ids of the learned bones.
  std::vector<std::uint16_t> cartilages_of(std::uint16_t bone) const;  ///< Empty for a bone not learned.

  /// @param bone  Its surface, closed or cut by the image; patient coordinates, one connected part.
  /// @throws Error{kInput}  the bone is not learned, or its surface has fewer than 100 points.
  ShapeFit fit(const TriangleMesh& bone, std::uint16_t bone_id, anatomy::Side side) const;

  /// At points of the bone that was fitted, with the normals there. NaN farther than 5 mm from the shape's
  /// places, and everywhere when the fit is not usable.
  /// @throws Error{kInput}  the cartilage is not of this bone; not as many normals as points.
  LearnedCartilage cartilage_at(const ShapeFit& fit,
                                std::uint16_t cartilage,
                                std::span<const Point> points_lps_mm,
                                std::span<const Point> normals) const;

  /// Parts of the bone's cartilages that lie where hardly anybody has any. A voxel is judged by the bone
  /// nearest to it (within 12 mm). By cartilage, then by first voxel.
  std::vector<UnlikelyPart> unlikely(const Labels& labels,
                                     const TriangleMesh& bone,
                                     const ShapeFit& fit) const;

 private:
  struct Model;
  Params params_;
  std::unique_ptr<const Model> model_;
};

}  // namespace ledd
