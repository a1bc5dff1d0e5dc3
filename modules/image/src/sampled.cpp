#include "ledd/image/sampled.h"

namespace ledd {

template <class Image>
Sampled<Image>::Sampled(const Image& image) : voxels_(image.GetBufferPointer()) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const auto inverse = image.GetInverseDirection();
  for (unsigned a = 0; a < 3; ++a) {
    size_[a] = static_cast<long>(size[a]);
    origin_[a] = image.GetOrigin()[a];
    for (unsigned b = 0; b < 3; ++b) index_from_lps_[a][b] = inverse(a, b) / image.GetSpacing()[a];
  }
}

template <class Image>
Point Sampled<Image>::index_of(const Point& p_lps_mm) const {
  const Point d{p_lps_mm[0] - origin_[0], p_lps_mm[1] - origin_[1], p_lps_mm[2] - origin_[2]};
  Point q{};
  for (unsigned a = 0; a < 3; ++a)
    q[a] = index_from_lps_[a][0] * d[0] + index_from_lps_[a][1] * d[1] + index_from_lps_[a][2] * d[2];
  return q;
}

template <class Image>
bool Sampled<Image>::covers(const Point& p_lps_mm) const {
  const Point q = index_of(p_lps_mm);
  for (unsigned a = 0; a < 3; ++a)
    if (!(q[a] >= -0.5 && q[a] <= static_cast<double>(size_[a]) - 0.5)) return false;
  return true;
}

template class Sampled<Volume>;
template class Sampled<Labels>;

}  // namespace ledd
