#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ledd/image/image.h"

namespace ledd::testing {

/// A folder that is gone after the test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

enum class Syntax { kExplicit, kImplicit, kBigEndian, kDeflated, kJpegLs, kJpegLossless, kRle };

/// An attribute by its keyword in DICOM's dictionary ("PixelSpacing") or its tag ("0019,10b6"; private: a
/// number), and its value; "-" removes it.
using Attribute = std::pair<std::string, std::string>;

/// A single-frame MR image, sound unless attributes say otherwise.
struct Picture {
  unsigned columns = 5, rows = 4;
  Point position_lps_mm{0, 0, 0}, row_lps{1, 0, 0}, column_lps{0, 1, 0};
  std::array<double, 2> pixel_spacing_mm{0.5, 0.75};  ///< Along a row, along a column.
  std::string series_uid = "1.2.3.1", sop_uid;
  unsigned bits_allocated = 16, bits_stored = 16;
  bool is_signed = false;
  std::vector<std::uint16_t> words;  ///< Stored words, row by row.
  std::vector<Attribute> attributes;
  Syntax syntax = Syntax::kExplicit;
};

/// Slices along the normal: slice k starts at `start + k * gap * normal`, its word at (i, j) is 100 k + 10 j
/// + i.
struct Series {
  unsigned slices = 4, columns = 5, rows = 4;
  Point start_lps_mm{0, 0, 0}, row_lps{1, 0, 0}, column_lps{0, 1, 0};
  std::array<double, 2> pixel_spacing_mm{0.5, 0.75};
  double gap_mm = 2.0;
  std::string uid = "1.2.3.1";
};
std::vector<Picture> pictures(const Series& series);

/// Large enough that compression makes it smaller: DCMTK 3.6.7's JPEG-LS encoder writes one byte behind its
/// buffer when it does not.
Series compressible_series();

/// A Series that is aligned with no axis, its cosines exact to the last digit.
Series oblique_series();

void write(const Picture& picture, const std::filesystem::path& path);
/// As 0000.dcm, 0001.dcm, ...
void write(const std::vector<Picture>& pictures, const std::filesystem::path& folder);

/// The same slices as one enhanced MR object, frames in the order given.
struct Enhanced {
  std::vector<Picture> frames;
  std::vector<double> echo_ms{};      ///< Per frame, or empty.
  std::vector<double> slopes{};       ///< Per frame, or empty.
  std::vector<int> temporal_index{};  ///< Per frame, or empty.
};
void write(const Enhanced& enhanced, const std::filesystem::path& path);

/// Bytes of a file, to be damaged and written again.
std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

}  // namespace ledd::testing
