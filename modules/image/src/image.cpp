#include "ledd/image/image.h"

#include <fmt/format.h>
#include <itkImageRegionConstIterator.h>

#include <cmath>

#include "ledd/core/error.h"

namespace ledd {
namespace {

/// 0, 1, 2 for the LPS axis a direction lies on.
unsigned lps_axis(Toward toward) {
  switch (toward) {
    case Toward::kLeft:
    case Toward::kRight: return 0;
    case Toward::kPosterior:
    case Toward::kAnterior: return 1;
    default: return 2;
  }
}

/// How the axes of a result come from those of a source: result axis a is source axis `from[a]`, reversed if
/// `flip[a]`.
struct Turn {
  std::array<unsigned, 3> from{};
  std::array<bool, 3> flip{};
};

Turn turn_between(const std::array<Toward, 3>& have, const std::array<Toward, 3>& want) {
  Turn turn;
  std::array<bool, 3> taken{};
  for (unsigned a = 0; a < 3; ++a) {
    bool found = false;
    for (unsigned b = 0; b < 3; ++b)
      if (!taken[b] && lps_axis(have[b]) == lps_axis(want[a])) {
        taken[b] = true;
        turn.from[a] = b;
        turn.flip[a] = have[b] != want[a];
        found = true;
      }
    require(found, Errc::kInput, "the wanted axes name one anatomical axis twice");
  }
  return turn;
}

template <class Image>
typename Image::Pointer turned(const Image& image, const Turn& turn) {
  const auto& region = image.GetLargestPossibleRegion();
  typename Image::SizeType size;
  typename Image::SpacingType spacing;
  typename Image::DirectionType direction;
  typename Image::IndexType corner = region.GetIndex();  // where the result's first voxel lies in the source
  for (unsigned a = 0; a < 3; ++a) {
    const unsigned b = turn.from[a];
    size[a] = region.GetSize(b);
    spacing[a] = image.GetSpacing()[b];
    for (unsigned row = 0; row < 3; ++row)
      direction(row, a) = (turn.flip[a] ? -1.0 : 1.0) * image.GetDirection()(row, b);
    if (turn.flip[a]) corner[b] += static_cast<itk::IndexValueType>(region.GetSize(b)) - 1;
  }
  auto result = Image::New();
  result->SetRegions(size);
  result->SetSpacing(spacing);
  result->SetDirection(direction);
  typename Image::PointType origin;
  image.TransformIndexToPhysicalPoint(corner, origin);
  result->SetOrigin(origin);
  result->Allocate();

  std::array<itk::OffsetValueType, 3> step{};  // of the source buffer, per step along a result axis
  for (unsigned a = 0; a < 3; ++a) step[a] = (turn.flip[a] ? -1 : 1) * image.GetOffsetTable()[turn.from[a]];
  const auto* const source = image.GetBufferPointer() + image.ComputeOffset(corner);
  auto* out = result->GetBufferPointer();
  for (itk::OffsetValueType k = 0; k < static_cast<itk::OffsetValueType>(size[2]); ++k)
    for (itk::OffsetValueType j = 0; j < static_cast<itk::OffsetValueType>(size[1]); ++j) {
      const auto* in = source + k * step[2] + j * step[1];
      for (itk::SizeValueType i = 0; i < size[0]; ++i, in += step[0]) *out++ = *in;
    }
  return result;
}

}  // namespace

void require_same_grid(const itk::ImageBase<3>& a, const itk::ImageBase<3>& b, std::string_view what) {
  const auto fail = [&](std::string_view part) {
    throw Error(Errc::kInput, fmt::format("{}: the grids differ in {}", what, part));
  };
  if (a.GetLargestPossibleRegion() != b.GetLargestPossibleRegion()) fail("size");
  for (unsigned i = 0; i < 3; ++i) {
    const double tolerance_mm = 1e-5 * a.GetSpacing()[i];
    if (!(std::abs(a.GetSpacing()[i] - b.GetSpacing()[i]) <= tolerance_mm)) fail("spacing");
    if (!(std::abs(a.GetOrigin()[i] - b.GetOrigin()[i]) <= tolerance_mm)) fail("origin");
    for (unsigned j = 0; j < 3; ++j)
      if (!(std::abs(a.GetDirection()(i, j) - b.GetDirection()(i, j)) <= 1e-5)) fail("direction");
  }
}

std::array<Toward, 3> axes_of(const itk::ImageBase<3>& image) {
  constexpr std::array<Toward, 3> kPlus{Toward::kLeft, Toward::kPosterior, Toward::kSuperior};
  constexpr std::array<Toward, 3> kMinus{Toward::kRight, Toward::kAnterior, Toward::kInferior};
  std::array<Toward, 3> axes{};
  std::array<bool, 3> taken{};
  for (unsigned a = 0; a < 3; ++a) {
    unsigned nearest = 0;
    for (unsigned row = 1; row < 3; ++row)
      if (std::abs(image.GetDirection()(row, a)) > std::abs(image.GetDirection()(nearest, a))) nearest = row;
    require(!taken[nearest],
            Errc::kInput,
            "the image is turned so far that two of its axes are nearest to the same anatomical axis");
    taken[nearest] = true;
    axes[a] = image.GetDirection()(nearest, a) > 0 ? kPlus[nearest] : kMinus[nearest];
  }
  return axes;
}

Volume::Pointer reorient(const Volume& image, std::array<Toward, 3> wanted) {
  return turned(image, turn_between(axes_of(image), wanted));
}

Labels::Pointer reorient(const Labels& image, std::array<Toward, 3> wanted) {
  return turned(image, turn_between(axes_of(image), wanted));
}

}  // namespace ledd
