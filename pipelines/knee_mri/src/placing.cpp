#include "placing.h"

#include <itkImageRegionConstIteratorWithIndex.h>

#include <algorithm>

namespace ledd::knee_mri {
namespace {

template <class Image>
typename Image::Pointer empty(const itk::ImageBase<3>& like) {
  auto out = Image::New();
  out->CopyInformation(&like);
  out->SetRegions(like.GetLargestPossibleRegion());
  out->Allocate(true);
  return out;
}

template <class Image>
void place_in(const Image& part, Image& whole) {
  for (itk::ImageRegionConstIteratorWithIndex<Image> at(&part, part.GetLargestPossibleRegion());
       !at.IsAtEnd();
       ++at) {
    if (at.Get() == 0) continue;
    itk::ImageBase<3>::PointType p;
    part.TransformIndexToPhysicalPoint(at.GetIndex(), p);
    whole.SetPixel(whole.TransformPhysicalPointToIndex(p), at.Get());
  }
}

}  // namespace

Labels::Pointer empty_labels(const itk::ImageBase<3>& like) {
  return empty<Labels>(like);
}

Volume::Pointer empty_volume(const itk::ImageBase<3>& like) {
  return empty<Volume>(like);
}

void place(const Labels& part, Labels& whole) {
  place_in(part, whole);
}

void place(const Volume& part, Volume& whole) {
  place_in(part, whole);
}

Volume::Pointer as_volume(const Labels& labels) {
  auto out = empty_volume(labels);
  std::copy_n(labels.GetBufferPointer(),
              labels.GetLargestPossibleRegion().GetNumberOfPixels(),
              out->GetBufferPointer());
  return out;
}

}  // namespace ledd::knee_mri
