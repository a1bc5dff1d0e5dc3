#pragma once
#include "ledd/cases/label_scheme.h"
#include "ledd/cases/survey.h"
#include "ledd/dicom_results/origin.h"

namespace ledd::cases {

/// A segmentation made elsewhere, with Ledd's ids.
struct GivenLabels {
  Labels::Pointer labels;
  /// Of a DICOM SEG what it states; of an image file, which states nothing, semiautomatic.
  dicom_results::Maker maker = dicom_results::Maker::kSemiautomatic;
  std::vector<std::string> notes;  ///< How the segments were recognised, where that is not certain.
};

/// Reads an image file of labels or a DICOM SEG.
/// @param scan  What a SEG was drawn on, whose grid the labels get; null: the grid of its own frames.
/// @throws Error{kInput}  an id or a segment that the scheme does not know; a SEG that does not lie on the
///                        scan's slices. As files::read_labels and dicom_results::read_segmentation.
/// @throws Error{kParam}  the scheme is for the other kind of file.
GivenLabels read_given(const LabelRequest& request,
                       const LabelScheme& scheme,
                       const dicom::Stack* scan,
                       const Context& context);

}  // namespace ledd::cases
