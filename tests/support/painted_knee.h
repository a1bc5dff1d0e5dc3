#pragma once
#include <map>

#include "ledd/image/image.h"
#include "ledd/knee_phantom/params.h"

namespace ledd::testing {

/// Each structure of a knee in the grey that nearest.onnx (testdata/networks) knows it by.
inline Volume::Pointer painted_knee(const Labels& labels) {
  static const std::map<std::uint16_t, float> grey{{201, 50},
                                                   {202, 140},
                                                   {203, 75},
                                                   {204, 165},
                                                   {205, 165},
                                                   {206, 25},
                                                   {207, 190},
                                                   {208, 215},
                                                   {209, 215}};
  auto image = Volume::New();
  image->CopyInformation(&labels);
  image->SetRegions(labels.GetLargestPossibleRegion());
  image->Allocate();
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    const auto found = grey.find(labels.GetBufferPointer()[n]);
    image->GetBufferPointer()[n] = found == grey.end() ? 100.0F : found->second;
  }
  return image;
}

/// A phantom on pixels of the network's own size: what is painted is not resampled.
inline knee_phantom::Params knee_for_the_network(anatomy::Side side) {
  knee_phantom::Params params;
  params.knee.side = side;
  // Askew: along the slices a flat plate of hard labels is a whole number of pixels thick.
  params.knee.turn_deg = 4.0;
  params.knee.roll_deg = 5.0;
  params.knee.tilt_deg = 7.0;
  params.stack.pixel_mm = 0.45;
  params.stack.columns = 260;
  params.stack.rows = 330;
  params.stack.slices = 60;
  params.stack.pitch_mm = params.stack.thickness_mm = 1.5;
  return params;
}

}  // namespace ledd::testing
