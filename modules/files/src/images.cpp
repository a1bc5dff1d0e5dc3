#include <fmt/format.h>
#include <itkImageFileReader.h>
#include <itkImageFileWriter.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/files/scanco.h"

#include "content_check.h"
#include "image_headers.h"
#include "scanco.h"
#include "temporary.h"

namespace ledd::files {
namespace {

std::size_t voxels_of(const itk::ImageBase<3>& image) {
  return image.GetLargestPossibleRegion().GetNumberOfPixels();
}

template <class Image>
void require_finite(const Image& image, Errc code) {
  const std::size_t count = voxels_of(image);
  const auto* const voxels = image.GetBufferPointer();
  for (std::size_t n = 0; n < count; ++n)
    if (!std::isfinite(static_cast<double>(voxels[n]))) {
      const auto at = image.ComputeIndex(static_cast<itk::OffsetValueType>(n));
      throw Error(code, fmt::format("the voxel ({}, {}, {}) is {}", at[0], at[1], at[2], voxels[n]));
    }
}

/// ITK's exceptions, whose text begins with file and line of its own source, as ours.
template <class Body>
auto translated(const std::filesystem::path& path, const Body& body) {
  try {
    return body();
  } catch (const Error& e) {
    throw e.within(path.string());
  } catch (const itk::ExceptionObject& e) {
    const std::string text = e.GetDescription();
    const bool sheared = text.find("orthonormal") != std::string::npos;
    throw Error(sheared ? Errc::kUnsupported : Errc::kFormat, fmt::format("{}: {}", path.string(), text));
  } catch (const std::bad_alloc&) {
    throw Error(Errc::kFormat, path.string() + ": the image does not fit into memory");
  }
}

template <class Image>
typename Image::Pointer read_with(itk::ImageIOBase& io, const std::filesystem::path& path) {
  const auto reader = itk::ImageFileReader<Image>::New();
  reader->SetFileName(path.string());
  reader->SetImageIO(&io);
  reader->Update();
  typename Image::Pointer image = reader->GetOutput();
  image->DisconnectPipeline();
  image->SetMetaDataDictionary(itk::MetaDataDictionary());  // a value, with nothing of the file's words on it
  return image;
}

/// Reads the file for what its name says it is.
template <class Image>
typename Image::Pointer read(const std::filesystem::path& path) {
  const auto io = io_for(format_of(path));
  check_header(*io, path);
  return read_with<Image>(*io, path);
}

Volume::Pointer read_any(const std::filesystem::path& path) {
  return is_scanco_file(path) ? read_scanco(path) : read<Volume>(path);
}

/// Largest distance in mm between the places of the same corner.
double corner_shift_mm(const itk::ImageBase<3>& a, const itk::ImageBase<3>& b) {
  const auto size = a.GetLargestPossibleRegion().GetSize();
  double worst_mm = 0.0;
  for (unsigned corner = 0; corner < 8; ++corner) {
    itk::Index<3> index{};
    for (unsigned axis = 0; axis < 3; ++axis)
      index[axis] = (corner >> axis & 1U) != 0 ? static_cast<itk::IndexValueType>(size[axis]) - 1 : 0;
    itk::Point<double, 3> there;
    itk::Point<double, 3> back;
    a.TransformIndexToPhysicalPoint(index, there);
    b.TransformIndexToPhysicalPoint(index, back);
    const double shift_mm = there.EuclideanDistanceTo(back);
    if (!(shift_mm <= worst_mm)) worst_mm = shift_mm;
  }
  return worst_mm;
}

/// What a file can hold: 1e-4 mm, or a 32-bit coordinate's last place where that is more. Direction cosines
/// of six digits, as DICOM has them, are not quite perpendicular; NIfTI's quaternion holds the nearest
/// rotation. That may move a corner by the defect times the extent, but never by more than 0.01 mm.
double shift_allowed_mm(const itk::ImageBase<3>& image) {
  double farthest_mm = 0.0;
  double longest_mm = 0.0;
  double defect = 0.0;
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const auto product = image.GetDirection().GetTranspose() * image.GetDirection().GetVnlMatrix();
  for (unsigned axis = 0; axis < 3; ++axis) {
    const double extent_mm = image.GetSpacing()[axis] * static_cast<double>(size[axis]);
    longest_mm = std::max(longest_mm, extent_mm);
    farthest_mm = std::max(farthest_mm, std::abs(image.GetOrigin()[axis]) + extent_mm);
    for (unsigned other = 0; other < 3; ++other)
      defect = std::max(defect, std::abs(product(axis, other) - (axis == other ? 1.0 : 0.0)));
  }
  const double coordinate_mm = 2.0 * static_cast<double>(std::numeric_limits<float>::epsilon()) * farthest_mm;
  return std::max({1e-4, coordinate_mm, std::min(defect * longest_mm, 0.01)});
}

/// "" when both are the same, else what differs.
template <class Image>
std::string difference(const Image& written, const Image& read_back) {
  if (written.GetLargestPossibleRegion() != read_back.GetLargestPossibleRegion()) return "the size differs";
  const std::size_t bytes = voxels_of(written) * sizeof(typename Image::PixelType);
  if (std::memcmp(written.GetBufferPointer(), read_back.GetBufferPointer(), bytes) != 0)
    return "the voxels differ";
  const double shift_mm = corner_shift_mm(written, read_back);
  if (!(shift_mm <= shift_allowed_mm(written)))
    return fmt::format("a corner has moved by {:.3g} mm", shift_mm);
  return "";
}

template <class Image>
void require_writable(const Image& image, const std::filesystem::path& path) {
  const std::string extension = extension_of(path);
  require(format_of(path) != Format::kOther,
          Errc::kUnsupported,
          path.string() + ": images are written as .nii, .nii.gz, .nrrd or .mha");
  require(extension != ".nhdr" && extension != ".mhd",
          Errc::kUnsupported,
          path.string() + ": " + extension +
              " needs a second file, and two cannot appear at once; write .nrrd or .mha");
  require(voxels_of(image) > 0 && image.GetBufferedRegion() == image.GetLargestPossibleRegion(),
          Errc::kInput,
          path.string() + ": the image has no voxels in memory");
  for (unsigned axis = 0; axis < 3; ++axis)
    require(image.GetLargestPossibleRegion().GetIndex(axis) == 0,
            Errc::kInput,
            path.string() + ": the image's first voxel is not (0, 0, 0); files cannot hold that");
  try {
    require_finite(image, Errc::kInput);
  } catch (const Error& e) {
    throw e.within(path.string());
  }
}

template <class Image>
void write(const Image& image, const std::filesystem::path& path) {
  require_writable(image, path);
  Temporary temporary(path, extension_of(path));
  std::string trouble;
  try {
    const auto writer = itk::ImageFileWriter<Image>::New();
    writer->SetFileName(temporary.path().string());
    writer->SetImageIO(io_for(format_of(path)));
    writer->SetInput(&image);
    writer->SetUseCompression(extension_of(path) != ".nii");
    writer->SetUseInputMetaDataDictionary(false);
    writer->Update();
    temporary.sync();
    trouble = difference(image, *read<Image>(temporary.path()));
  } catch (const itk::ExceptionObject& e) {
    trouble = e.GetDescription();
  } catch (const Error& e) {  // of reading back
    trouble = e.what();
  }
  if (!trouble.empty()) temporary.fail("read back, it is not what was written: " + trouble);
  temporary.commit();
}

std::uint16_t as_label(const Volume& volume, std::size_t n) {
  const float value = volume.GetBufferPointer()[n];
  if (value >= 0.0F && value <= 65535.0F && std::floor(value) == value)
    return static_cast<std::uint16_t>(value);
  const auto at = volume.ComputeIndex(static_cast<itk::OffsetValueType>(n));
  throw Error(Errc::kFormat,
              fmt::format("the voxel ({}, {}, {}) is {}; a label is a whole number from 0 to 65535",
                          at[0],
                          at[1],
                          at[2],
                          value));
}

Labels::Pointer as_labels(const Volume& volume) {
  auto labels = Labels::New();
  labels->CopyInformation(&volume);
  labels->SetRegions(volume.GetLargestPossibleRegion());
  labels->Allocate();
  const std::size_t count = voxels_of(volume);
  for (std::size_t n = 0; n < count; ++n) labels->GetBufferPointer()[n] = as_label(volume, n);
  return labels;
}

/// The voxels that were read when the file was checked, on the grid that ITK reads.
Labels::Pointer on_grid_of(itk::ImageIOBase& io, const std::filesystem::path& path, KeptVoxels kept) {
  const auto reader = itk::ImageFileReader<Labels>::New();
  reader->SetFileName(path.string());
  reader->SetImageIO(&io);
  reader->UpdateOutputInformation();
  auto labels = Labels::New();
  labels->CopyInformation(reader->GetOutput());
  labels->SetRegions(reader->GetOutput()->GetLargestPossibleRegion());
  require(voxels_of(*labels) == kept.count,
          Errc::kFormat,
          fmt::format("the header claims {} voxels, and the file has {}", voxels_of(*labels), kept.count));
  labels->GetPixelContainer()->SetImportPointer(kept.voxels.release(), kept.count, true);
  return labels;
}

/// Numbers that are labels as they stand are not turned into others first: that takes four bytes a voxel.
Labels::Pointer read_any_labels(const std::filesystem::path& path) {
  if (is_scanco_file(path)) return as_labels(*read_scanco(path));
  const auto io = io_for(format_of(path));
  KeptVoxels kept;
  check_header(*io, path, &kept);
  const auto type = io->GetComponentType();
  const bool whole = io->GetNumberOfComponents() == 1 &&
                     (type == itk::IOComponentEnum::UCHAR || type == itk::IOComponentEnum::USHORT);
  if (whole && kept.voxels) return on_grid_of(*io, path, std::move(kept));
  return whole ? read_with<Labels>(*io, path) : as_labels(*read_with<Volume>(*io, path));
}

/// Opens the file once, so that a missing or closed one is told apart from a broken one.
void require_readable(const std::filesystem::path& path) {
  std::error_code ignored;
  require(!std::filesystem::is_directory(path, ignored),
          Errc::kUnsupported,
          path.string() + " is a folder, not an image file");
  if (std::FILE* file = std::fopen(path.c_str(), "rbe"); file != nullptr)
    std::fclose(file);
  else
    fail_for(errno, "read", path);
}

}  // namespace

bool is_image_file(const std::filesystem::path& path) {
  return format_of(path) != Format::kOther || is_scanco_file(path);
}

Volume::Pointer read_volume(const std::filesystem::path& path) {
  require_readable(path);
  return translated(path, [&] {
    auto volume = read_any(path);
    require_finite(*volume, Errc::kFormat);
    return volume;
  });
}

Labels::Pointer read_labels(const std::filesystem::path& path) {
  require_readable(path);
  return translated(path, [&] { return read_any_labels(path); });
}

void write_volume(const Volume& volume, const std::filesystem::path& path) {
  write(volume, path);
}

void write_labels(const Labels& labels, const std::filesystem::path& path) {
  write(labels, path);
}

}  // namespace ledd::files
