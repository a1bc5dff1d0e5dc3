#include "plate_fields.h"

#include <algorithm>
#include <array>

#include "ledd/anatomy/knee.h"

#include "placing.h"

namespace ledd::knee_mri {
namespace {

using namespace anatomy;  // NOLINT(google-build-using-namespace): ids

/// First slice of the plate with the higher slices: half way between the slices of both on the mean.
long border_slice(const Labels& labels) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const std::size_t plane = size[0] * size[1];
  std::array<double, 2> sum{}, count{};
  for (std::size_t z = 0; z < size[2]; ++z)
    for (std::size_t n = 0; n < plane; ++n) {
      const std::uint16_t id = labels.GetBufferPointer()[z * plane + n];
      if (id != kMedialTibialCartilage && id != kLateralTibialCartilage) continue;
      sum[id - kMedialTibialCartilage] += static_cast<double>(z);
      count[id - kMedialTibialCartilage] += 1.0;
    }
  const std::uint16_t lower =
      sum[0] * count[1] < sum[1] * count[0] ? kMedialTibialCartilage : kLateralTibialCartilage;
  long last = -1;
  for (std::size_t z = 0; z < size[2]; ++z) {
    const auto* first = labels.GetBufferPointer() + z * plane;
    if (std::find(first, first + plane, lower) != first + plane) last = static_cast<long>(z);
  }
  return last + 1;
}

/// The slices of `field` from `begin` to before `end`; 0 elsewhere.
Volume::Pointer slices_of(const Volume& field, long begin, long end) {
  auto out = empty_volume(field);
  const auto size = field.GetLargestPossibleRegion().GetSize();
  const auto plane = static_cast<long>(size[0] * size[1]);
  std::copy(field.GetBufferPointer() + begin * plane,
            field.GetBufferPointer() + end * plane,
            out->GetBufferPointer() + begin * plane);
  return out;
}

}  // namespace

PlateFields plate_fields(const KneeSegmentation::Result& found) {
  PlateFields fields;
  const auto& p = found.probability;
  fields.by_id = {{kFemur, p[KneeSegmentation::kFemurField]},
                  {kFemoralCartilage, p[KneeSegmentation::kFemoralCartilageField]},
                  {kTibia, p[KneeSegmentation::kTibiaField]},
                  {kPatella, p[KneeSegmentation::kPatellaField]},
                  {kPatellarCartilage, p[KneeSegmentation::kPatellarCartilageField]}};
  const Volume& tibial = *p[KneeSegmentation::kTibialCartilageField];
  const long border = border_slice(*found.labels);
  const auto slices = static_cast<long>(tibial.GetLargestPossibleRegion().GetSize(2));
  fields.own = {slices_of(tibial, 0, border), slices_of(tibial, border, slices)};
  const std::size_t medial = found.medial_is_first ? 0 : 1;
  fields.by_id[kMedialTibialCartilage] = fields.own[medial];
  fields.by_id[kLateralTibialCartilage] = fields.own[1 - medial];
  return fields;
}

}  // namespace ledd::knee_mri
