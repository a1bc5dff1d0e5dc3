#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "ledd/anatomy/knee.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// The bytes of the networks, ONNX; see tools/train/knee.
struct KneeNetworks {
  std::string sagittal;
  std::string cross;  ///< Of the coronal and the axial view.
};

/// Femur, tibia, patella, their cartilages and the menisci of one knee.
///
/// Method   A 2.5-D U-Net (tools/train/knee) sees five sagittal slices and gives, for the middle one, the
///          share of each of eight classes in every pixel. Where slices are at most 1.6 mm apart, a second
///          one sees coronal and axial slabs of 0.7 mm, and the shares are merged. A coarse pass over every
///          `coarse_step_mm` finds where the knee is, a fine pass runs there on every slice. Cleaning in 3-D:
///          the largest part of each bone with its holes filled, cartilage that touches its bone, menisci
///          that touch cartilage. The slice with least tibial cartilage between the plateaus parts medial
///          from lateral. What is found is held against the sizes of manual label volumes, and what cannot be
///          a whole knee is refused.
/// Limits   The networks learned from drawn images and two real series without labels; measured accuracy:
/// docs/knee-segmentation.md. Without
///          a side (see name_plates) medial and lateral follow from the patella, which is lateral.
class KneeSegmentation {
 public:
  struct Params {
    double coarse_step_mm = 6.0;
    double margin_mm = 15.0;
    bool cross_views = true;
    static const ParamTable<Params>& table();
  };

  /// The order of Result::probability; tibial cartilage and menisci in one field each.
  enum Field : unsigned {
    kFemurField,
    kFemoralCartilageField,
    kTibiaField,
    kTibialCartilageField,
    kPatellaField,
    kPatellarCartilageField,
    kMeniscusField,
    kFields
  };

  /// One structure that was looked for.
  struct Structure {
    std::uint16_t id = 0;
    double volume_mm3 = 0.0;  ///< 0: not found.
    double margin = 0.0;      ///< Mean over its border voxels of its probability minus the next best; 0..1.
    double entropy = 0.0;     ///< Mean over its border voxels, in units of log 8: 0 sure .. 1 no idea.
    bool cut = false;         ///< Reaches the end of the image from left to right.
  };

  struct Result {
    Labels::Pointer labels;  ///< Ids 201..209, on the input's grid.
    /// 0..1, on the input's grid; 0 outside the searched region. A surface lies where two are equal.
    std::array<Volume::Pointer, kFields> probability;
    std::vector<Structure> structures;  ///< By id; every id has one.
    bool medial_is_first = false;  ///< The medial plateau has the lower slices along the left-right axis.
    bool medial_assumed = true;    ///< By the patella, until name_plates() is told the side.
    bool uncertain = false;        ///< To be flagged; `reasons` say why.
    std::vector<std::string> reasons;
  };

  /// @throws Error{kParam}
  /// @throws Error{kFormat}  a network that the parameters need is empty.
  KneeSegmentation(const Params& params, KneeNetworks networks);

  /// @param volume  MR intensities >= 0 of one knee, left-right axis along the slices or finely sampled
  ///                (KneeOrientation sees to it); two echoes of one DESS combined by root_mean_square().
  /// @throws Error{kInput}  no knee was found, only a part of one, two of them, or metal; the message says
  ///                        which and by what.
  Result operator()(const Volume& volume, Context& context) const;

 private:
  Params params_;
  KneeNetworks networks_;
};

/// Gives the tibial plates and menisci the names that the side demands: the medial ones lie towards the other
/// leg. Structures and labels are exchanged where needed.
void name_plates(KneeSegmentation::Result& result, anatomy::Side side);

}  // namespace ledd
