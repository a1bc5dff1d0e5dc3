#include "known_files.h"

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/isolation/archive.h"

namespace ledd::files {

template <class Archive>
void fields(Archive& archive, ScancoHeader& h) {
  archive(h.version, h.size, h.spacing_mm, h.first_voxel_mm, h.mu_scaling, h.density_slope);
  archive(h.density_intercept, h.density_unit, h.mu_water_per_cm, h.energy_kv, h.intensity_ua);
  archive(h.integration_ms, h.scanner_id, h.scanner_type, h.site, h.patient_index, h.measurement_index);
}

}  // namespace ledd::files

namespace ledd::cases {

template <class Archive>
void fields(Archive& archive, ImageFacts& f) {
  archive(f.problem, f.size, f.spacing_mm, f.origin_lps_mm, f.direction, f.scanco);
}

namespace {

namespace fs = std::filesystem;

ImageFacts facts_of(const Volume& volume) {
  ImageFacts facts;
  const auto size = volume.GetLargestPossibleRegion().GetSize();
  for (unsigned a = 0; a < 3; ++a) {
    facts.size.at(a) = size[a];
    facts.spacing_mm.at(a) = volume.GetSpacing()[a];
    facts.origin_lps_mm.at(a) = volume.GetOrigin()[a];
    for (unsigned b = 0; b < 3; ++b) facts.direction.at(3 * a + b) = volume.GetDirection()(a, b);
  }
  return facts;
}

std::optional<ImageFacts> unpacked(std::string_view bytes) {
  try {
    ImageFacts facts;
    isolation::unpack(bytes, facts);
    return facts;
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Whether the file itself is to blame, and will be the next time.
bool is_of_the_file(Errc code) {
  return code == Errc::kFormat || code == Errc::kUnsupported;
}

}  // namespace

std::string digest_of(const fs::path& path, PlanCache* known) {
  if (known == nullptr) return files::sha256_of_file(path);
  const auto stamp = file_cache::stamp_of(path);  // before it is read
  if (stamp)
    if (const auto digest = known->digests.find(path.native(), *stamp)) return std::string(*digest);
  std::string digest = files::sha256_of_file(path);
  if (stamp) known->digests.keep(path.native(), *stamp, digest);
  return digest;
}

ImageFacts image_facts(const fs::path& path, PlanCache* known) {
  const auto stamp = known == nullptr ? std::nullopt : file_cache::stamp_of(path);
  if (stamp)
    if (const auto bytes = known->images.find(path.native(), *stamp))
      if (auto facts = unpacked(*bytes)) return std::move(*facts);
  ImageFacts facts;
  bool lasting = true;
  try {
    facts = facts_of(*files::read_volume(path));
    if (files::is_scanco_file(path)) facts.scanco = files::read_scanco_header(path);
  } catch (const Error& e) {
    facts = {};
    facts.problem = e.what();
    lasting = is_of_the_file(e.code());
  }
  if (stamp && lasting) known->images.keep(path.native(), *stamp, isolation::packed(facts));
  return facts;
}

itk::ImageBase<3>::Pointer grid_of(const ImageFacts& facts) {
  auto grid = itk::ImageBase<3>::New();
  itk::ImageBase<3>::RegionType region;
  itk::ImageBase<3>::DirectionType direction;
  itk::ImageBase<3>::SpacingType spacing;
  itk::ImageBase<3>::PointType origin;
  for (unsigned a = 0; a < 3; ++a) {
    region.SetSize(a, facts.size.at(a));
    spacing[a] = facts.spacing_mm.at(a);
    origin[a] = facts.origin_lps_mm.at(a);
    for (unsigned b = 0; b < 3; ++b) direction(a, b) = facts.direction.at(3 * a + b);
  }
  grid->SetRegions(region);
  grid->SetSpacing(spacing);
  grid->SetOrigin(origin);
  grid->SetDirection(direction);
  return grid;
}

}  // namespace ledd::cases
