#pragma once
#include <opencv2/core.hpp>

#include <array>

#include "ledd/image/image.h"
#include "ledd/measurement/figure.h"

namespace ledd::report {

/// How one slice of a volume lies on the picture.
class SliceView {
 public:
  /// First index and one past the last along each image axis, counted from 0.
  struct Part {
    std::array<long, 3> begin{}, end{};
  };
  static Part whole(const itk::ImageBase<3>& grid);

  /// @throws Error{kInput}  the slice lies outside, or the axes of `grid` have no clear anatomical
  /// directions.
  /// @param part  What is shown of the other two axes.
  SliceView(const itk::ImageBase<3>& grid, unsigned axis, long slice, const Part& part);
  SliceView(const itk::ImageBase<3>& grid, unsigned axis, long slice)
      : SliceView(grid, axis, slice, whole(grid)) {}

  cv::Size pixels() const { return pixels_; }
  double pixels_per_mm() const { return pixels_per_mm_; }
  /// Letters of the left, right, upper and lower border.
  const std::array<char, 4>& letters() const { return letters_; }

  /// The slice's voxels, turned for the picture, one pixel each.
  cv::Mat_<float> voxels(const Volume& volume) const;
  cv::Mat_<std::uint16_t> voxels(const Labels& labels) const;
  /// Where a position falls on the picture, projected along the slice's normal; (0, 0) is the centre of the
  /// upper left pixel.
  cv::Point2d pixel_of(const std::array<double, 3>& p_lps_mm) const;

 private:
  struct Side {         // the picture's x or y
    unsigned axis = 0;  // of the image
    bool flipped = false;
    int first = 0;  // voxels that are not shown, in the picture's direction
    int count = 0;  // voxels that are
    int size = 0;   // of the image
    double spacing_mm = 0.0;
  };
  template <class Out, class Image>
  cv::Mat_<Out> turned(const Image& image) const;
  Side side_of(unsigned axis, Toward have, const Part& part) const;

  itk::ImageBase<3>::ConstPointer grid_;
  unsigned axis_;
  long slice_;
  Side x_;
  Side y_;
  double pixels_per_mm_ = 0.0;
  cv::Size pixels_;
  std::array<char, 4> letters_{};
};

}  // namespace ledd::report
