#include "image_headers.h"

#include <fmt/format.h>
#include <itkMetaImageIO.h>
#include <itkNiftiImageIO.h>
#include <itkNrrdImageIO.h>

#include <cctype>
#include <cmath>

#include "ledd/core/error.h"

#include "content_check.h"

namespace ledd::files {
namespace {

void check_kind(const itk::ImageIOBase& io) {
  require(io.GetNumberOfComponents() == 1 && io.GetPixelType() == itk::IOPixelEnum::SCALAR,
          Errc::kUnsupported,
          fmt::format("{} numbers a voxel ({}); only one is read",
                      io.GetNumberOfComponents(),
                      itk::ImageIOBase::GetPixelTypeAsString(io.GetPixelType())));
  unsigned dimensions = io.GetNumberOfDimensions();
  while (dimensions > 3 && io.GetDimensions(dimensions - 1) == 1) --dimensions;
  require(dimensions == 3,
          Errc::kUnsupported,
          fmt::format("the image has {} dimensions; a volume of several slices has 3", dimensions));
}

void check_grid(const itk::ImageIOBase& io) {
  double voxels = 1.0;
  for (unsigned axis = 0; axis < 3; ++axis) {
    voxels *= static_cast<double>(io.GetDimensions(axis));
    const double spacing_mm = io.GetSpacing(axis);
    require(spacing_mm > 0.0 && std::isfinite(spacing_mm),
            Errc::kFormat,
            fmt::format("the spacing along axis {} is {} mm; it must be above 0", axis, spacing_mm));
    require(std::isfinite(io.GetOrigin(axis)),
            Errc::kFormat,
            fmt::format("the origin along axis {} is {} mm", axis, io.GetOrigin(axis)));
    for (unsigned row = 0; row < 3; ++row)
      require(std::isfinite(io.GetDirection(axis)[row]),
              Errc::kFormat,
              fmt::format("the direction of axis {} is not finite", axis));
  }
  constexpr double kMostVoxels =
      4294967296.0;  // 16 GB as float: more than any scan, less than a mistaken header
  require(voxels >= 1.0 && voxels <= kMostVoxels,
          Errc::kFormat,
          fmt::format("the header claims {} voxels", voxels));
}

void check_directions(const itk::ImageIOBase& io) {
  for (unsigned a = 0; a < 3; ++a)
    for (unsigned b = a; b < 3; ++b) {
      double product = 0.0;
      for (unsigned row = 0; row < 3; ++row) product += io.GetDirection(a)[row] * io.GetDirection(b)[row];
      require(std::abs(product - (a == b ? 1.0 : 0.0)) <= 1e-3,
              a == b ? Errc::kFormat : Errc::kUnsupported,
              fmt::format("the directions of axes {} and {} have the product {}; perpendicular unit vectors "
                          "are needed",
                          a,
                          b,
                          product));
    }
}

}  // namespace

std::string extension_of(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* extension : {".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"})
    if (name.ends_with(extension)) return extension;
  return "";
}

Format format_of(const std::filesystem::path& path) {
  const std::string extension = extension_of(path);
  if (extension.starts_with(".nii")) return Format::kNifti;
  if (extension.starts_with(".n")) return Format::kNrrd;
  if (extension.starts_with(".m")) return Format::kMeta;
  return Format::kOther;
}

itk::ImageIOBase::Pointer io_for(Format format) {
  switch (format) {
    case Format::kNifti: return itk::NiftiImageIO::New().GetPointer();
    case Format::kNrrd: return itk::NrrdImageIO::New().GetPointer();
    case Format::kMeta: return itk::MetaImageIO::New().GetPointer();
    case Format::kOther: break;
  }
  throw Error(Errc::kUnsupported, "not an image file: .nii, .nii.gz, .nrrd, .nhdr, .mha or .mhd is expected");
}

void check_header(itk::ImageIOBase& io, const std::filesystem::path& path, KeptVoxels* keep) {
  require(io.CanReadFile(path.c_str()), Errc::kFormat, "the content is not what the name says");
  if (format_of(path) == Format::kNifti) check_nifti(path, keep);
  if (format_of(path) == Format::kMeta) check_meta(path);
  io.SetFileName(path.string());
  io.ReadImageInformation();
  check_kind(io);
  check_grid(io);
  check_directions(io);
}

}  // namespace ledd::files
