#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace ledd::dicom {

/// What a walk over the elements shows of a file that has no facts: whether it may be a slice of a series.
struct SeriesHint {
  std::string series_uid;    ///< SeriesInstanceUID (0020,000E); empty when the walk did not get there.
  bool image_plane = false;  ///< It has a position (0020,0032) and pixel data.
  bool known_class = true;   ///< Its SOP class is one of DICOM's.
};

/// What a walk over the element headers of a file shows, before a DICOM library touches it.
struct Structure {
  enum class Form {
    kUnreadable,  ///< The system does not let us read it.
    kNotDicom,
    kTruncated,  ///< An element claims more bytes than the file has.
    kBroken,     ///< Cannot be walked, or is nested beyond any real object.
    kSound,
  };
  Form form = Form::kNotDicom;
  std::string fault;                 ///< A clause for kUnreadable, kTruncated, kBroken; else empty.
  std::string transfer_syntax;       ///< Of the file meta information; empty when there is none.
  std::uint64_t dataset_offset = 0;  ///< Of the first byte after the file meta information.
  bool has_pixel_data = false;       ///< PixelData (7FE0,0010) at the top level.
  bool encapsulated = false;         ///< In fragments, as compressed pixel data are.
  std::uint64_t pixel_bytes = 0;     ///< Its length; of all fragments together when encapsulated.
  std::uint64_t fragments = 0;       ///< Without the offset table.
  std::string excess;                ///< The first value that is longer than any is read; else empty.
  SeriesHint hint;                   ///< As far as the walk got.
};

/// Walks the elements of a file without reading values.
///
/// Method   Elements, items and fragments are followed by their lengths (PS3.5 section 7). It guards the
/// parser
///          behind it: DCMTK 3.6.7 runs out of stack when sequences are nested about 5,600 deep, which a file
///          of 180 kB can do, so anything deeper than 32 is refused here; deflated files are first inflated,
///          to at most 100 times their size and 2 GB. At most 200,000 elements, and 400 for each item of
///          PerFrameFunctionalGroupsSequence, are walked.
/// Limits   A file without the "DICM" prefix counts as DICOM when it starts with two ascending elements of
/// group
///          0002 or 0008.
Structure walk_structure(const std::filesystem::path& path);

}  // namespace ledd::dicom
