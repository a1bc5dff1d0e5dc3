#pragma once
#include <string_view>

#include "ledd/dicom_results/origin.h"
#include "ledd/image/image.h"

#include "items.h"

namespace ledd::dicom_results {

/// An image without voxels on the grid of a stack.
/// @throws Error{kInput}  the stack is no volume.
Labels::Pointer grid_of(const dicom::Stack& stack);

/// @throws Error{kInput}  `image` is not on the grid of the stack; `what` names it.
void require_on_stack(const itk::ImageBase<3>& image, const dicom::Stack& stack, std::string_view what);

/// Frame of reference, rows, columns and the functional groups that all frames share: pixel spacing, slice
/// thickness, orientation.
/// @return  Item of the shared functional groups.
DcmItem& put_frame_geometry(const dicom::Stack& stack, DcmItem& data);

/// What becomes of a source image, in terms of PS3.16: derivation and purpose of reference.
struct Derivation {
  Code derivation, purpose;
};

/// Functional groups of a frame that lies in a slice: position, source image.
/// @return  Item of the frame.
DcmItem& add_frame(const dicom::Slice& slice, const Derivation& how, DcmItem& data);

/// Dimensions by which frames are ordered (PS3.3 C.7.6.17).
struct Dimension {
  DcmTagKey index, group;
  const char* label;
};
void put_dimensions(const std::vector<Dimension>& dimensions, const dicom::Stack& stack, DcmItem& data);

/// Every image of the stack once: single frames, or files of many.
std::vector<const dicom::Slice*> instances(const dicom::Stack& stack);

/// Series and all its images (PS3.3 C.12.2).
void put_referenced_series(const dicom::Stack& stack, DcmItem& data);

}  // namespace ledd::dicom_results
