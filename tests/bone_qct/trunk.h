#pragma once
#include <algorithm>
#include <string>

#include "ledd/bone_qct/bone_qct.h"
#include "ledd/files/files.h"
#include "ledd/torso_phantom/torso_phantom.h"

namespace ledd::trunk {

using torso_phantom::PadKind;
using torso_phantom::Params;

/// The spine alone, with noise of 20 HU; T12 to L5 are whole.
inline Params spine() {
  Params p;
  p.scan.region = torso_phantom::Region::kSpine;
  p.scan.columns = p.scan.rows = 200;
  p.scan.pixel_mm = 1.6;
  p.scan.noise_sd_hu = 20.0;
  return p;
}

inline TorsoPhantom::Result draw(const Params& params) {
  Context context({}, 2);
  return TorsoPhantom(params)(context);
}

inline BoneQct pipeline(const BoneQct::Params& params = {}) {
  return {params, files::read_bytes(LEDD_SOURCE_DIR "/modules/spine_segmentation/model/spine.onnx")};
}

/// As a header of 120 kV without contrast would have it.
inline BoneQct::Study study_of(const TorsoPhantom::Result& drawn) {
  BoneQct::Study study;
  study.scan = drawn.scan.GetPointer();
  study.protocol = {"Maker", "Model", "Station", "1", 120.0, "B30f", 3.0, "20260101"};
  return study;
}

inline const Measurement* find(const BoneQct::Result& result,
                               const std::string& region,
                               const std::string& endpoint) {
  const auto& rows = result.outcome.measurements;
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const Measurement& m) {
    return m.region == region && m.endpoint == endpoint && m.statistic == "value";
  });
  return it == rows.end() ? nullptr : &*it;
}

}  // namespace ledd::trunk
