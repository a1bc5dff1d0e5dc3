#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"
#include "ledd/knee_phantom/params.h"

namespace ledd {
namespace knee_phantom {

/// A plate of cartilage on a flat or cylindrical bed of bone: its measures are exact.
struct PlateTruth {
  std::uint16_t id = 0;
  std::string name;
  double thickness_mm = 0.0;  ///< The same everywhere.
  double area_mm2 = 0.0;      ///< Of the bone it covers, without the denuded patch; 0: not known exactly.
  double denuded_mm2 = 0.0;
  double volume_mm3 = 0.0;  ///< 0: not known exactly.
};

struct TissueTruth {
  std::string name;
  double t1_ms = 0.0, t2_ms = 0.0;
};

struct Truth {
  anatomy::Side side = anatomy::Side::kRight;
  std::vector<PlateTruth> plates;  ///< Femoral, medial and lateral tibial, patellar.
  std::vector<TissueTruth> tissues;
  /// Leg frame (lateral, anterior, superior) to LPS, of the knee named by `side`: rows of a 3 x 4 matrix.
  std::array<std::array<double, 4>, 3> lps_from_leg{};
};

}  // namespace knee_phantom

/// An MRI of a parametric knee, with the truth it was drawn from.
///
/// Method   Femur, tibia, patella and fibula are analytic solids; cartilage is a shell of constant thickness
/// on
///          them, so that its thickness is known exactly; menisci, fat pad, tendons, fluid, muscle, fat and
///          skin are schematic. Sampled 3 times through the slice and 3 x 3 times in pixels that hold an
///          edge; DESS or spin-echo signal per tissue from its T1 and T2; smooth coil bias; Rician noise.
/// Source   Relaxation times: see src/tissue.cpp. Signal of DESS: Haenicke and Vogel, Magn Reson Med 49:771,
/// 2003. Limits   A shape of cylinders and ellipses; no osteophytes, no ligaments of the notch.
///
/// The leg frame: lateral, anterior, superior, mm; lowest point of the medial condyle's bone at superior 0.
class KneePhantom {
 public:
  using Params = knee_phantom::Params;
  struct Result {
    std::vector<Volume::Pointer> echoes;  ///< One grid; whole numbers from 0 to 65535.
    std::vector<double> echo_times_ms;
    Labels::Pointer labels;  ///< Same grid; a voxel has the id of the structure its centre lies in.
    knee_phantom::Truth truth;
  };

  /// What a reader with perfect eyes would draw, without the scan.
  struct Drawn {
    Labels::Pointer labels;
    knee_phantom::Truth truth;
  };

  /// @throws Error{kParam}  a value out of range, a slice thicker than the pitch, cartilages that would
  /// touch.
  explicit KneePhantom(const Params& params);
  KneePhantom() : KneePhantom(Params{}) {}

  /// The same bytes for any Context::threads().
  Result operator()(Context& context) const;
  /// The labels and the truth of operator() alone, in a fraction of the time.
  Drawn draw(Context& context) const;

 private:
  Params params_;
};

namespace knee_phantom {

/// Writes one series; its echoes lie in `folder`/echo1 and so on.
/// @throws Error{kCreate, kIo}  a folder or file cannot be written.
void write_dicom(const KneePhantom::Result& result,
                 const Params& params,
                 const std::filesystem::path& folder);

/// The truth as JSON, indented; keys are the field names of Truth.
std::string to_json(const Truth& truth);

}  // namespace knee_phantom
}  // namespace ledd
