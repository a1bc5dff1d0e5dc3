#include "ledd/dicom/grid.h"

namespace ledd::dicom {

void set_grid(const Stack& stack, itk::ImageBase<3>& image) {
  itk::ImageBase<3>::SizeType size{};
  size[0] = stack.columns;
  size[1] = stack.rows;
  size[2] = stack.slices.size();
  itk::ImageBase<3>::SpacingType spacing;
  spacing[0] = stack.pixel_spacing_mm[0];
  spacing[1] = stack.pixel_spacing_mm[1];
  spacing[2] = stack.slice_spacing_mm;
  itk::ImageBase<3>::PointType origin;
  itk::ImageBase<3>::DirectionType direction;
  for (unsigned a = 0; a < 3; ++a) {
    origin[a] = stack.slices.front().position_lps_mm[a];
    direction(a, 0) = stack.row_lps[a];
    direction(a, 1) = stack.column_lps[a];
    direction(a, 2) = stack.normal_lps[a];
  }
  image.SetRegions(size);
  image.SetSpacing(spacing);
  image.SetOrigin(origin);
  image.SetDirection(direction);
}

}  // namespace ledd::dicom
