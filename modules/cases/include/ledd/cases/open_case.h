#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/store/store.h"

namespace ledd::cases {

/// What a label map calls one of its structures.
struct OpenStructure {
  std::string name;  ///< Short: "L1"; of another tool's file its own word for it.
  std::array<std::uint8_t, 3> rgb{};
  bool operator==(const OpenStructure&) const = default;
};

/// One of several series that could be meant.
struct SeriesChoice {
  std::string id;        ///< ScanRequest::series.
  std::string words;     ///< For people: "series 2 "T2 SAG"".
  std::string geometry;  ///< "512 x 512 x 15, 0.7 x 0.7 x 4.4 mm, sagittal".
  std::string problem;   ///< Why it cannot be shown; empty when it can.
};

/// A scan with what was found in it, for somebody to look at.
struct OpenCase {
  store::CaseEndpoints endpoints;               ///< Of a finished case; else empty.
  std::string series;                           ///< Words for people.
  std::string result_sha256;                    ///< Of provenance.json: which result it is.
  std::string rescale_type{};                   ///< What its values are, where it says so: "HU", "mg HA/ccm".
  std::vector<std::filesystem::path> inputs;    ///< The files it was made from.
  Volume::Pointer scan;                         ///< Null when `problems` says why, or `choices` asks.
  Labels::Pointer labels;                       ///< Null when there are none, or `problems` says why.
  std::map<std::string, Volume::Pointer> maps;  ///< By name without extension; 0 where there is no value.
  std::map<std::string, ColourScale> scales{};  ///< Of those maps whose pipeline says what they are.
  std::vector<Polyline> lines;                  ///< Measurements where they were taken.
  /// What could not be opened and what to do about it, one sentence each: the rest can still be looked at.
  std::vector<std::string> problems;
  std::map<std::uint16_t, OpenStructure> structures;  ///< One for each id that occurs in `labels`.
  std::string modality;               ///< "MR", "CT": of the scan's header; empty where none says.
  std::string study_uid, body;        ///< StudyInstanceUID, BodyPartExamined; likewise.
  std::string frame_uid;              ///< FrameOfReferenceUID; likewise.
  std::vector<SeriesChoice> choices;  ///< Not empty when several series could be meant: choose one.
};

/// Reads a case folder, and the scan from the files that provenance.json names. A file that is not as the
/// pipeline wrote it is named and not shown. Labels that do not stand on the scan's grid are not shown.
/// @param look_in  where to find the scan when these files are no longer there; its series is known by its
///                 images, of a case whose names are pseudonyms by the digests of its files.
/// @param labels_read  where given, the labels are read before the scan, not beside it, and handed to this:
///                 it may take their voxels away, so that both are never in memory together.
/// @throws Error{kNotFound, kFormat, kPermission, kIo}  it is no finished case.
OpenCase open_case(const std::filesystem::path& folder,
                   const std::vector<std::filesystem::path>& look_in,
                   Context& context,
                   const std::function<void(Labels&)>& labels_read = {});

/// Any scan with, or without, a segmentation of any tool.
struct ScanRequest {
  std::vector<std::filesystem::path> images;  ///< Folders or files: DICOM, NIfTI, NRRD, MetaImage, AIM, ISQ.
  std::filesystem::path labels{};             ///< DICOM SEG or image file; may be empty.
  /// How the numbers of an image file become structures: a known scheme, a .toml file, or "" for none: each
  /// number is then a structure without a name.
  std::string scheme = "ledd";
  std::string series{};  ///< SeriesChoice::id; empty: the one that the SEG was drawn on, or the only one.
};

/// What the scheme, or Ledd, does not know keeps its number; where that is another structure's, it gets one
/// above 40000. A DICOM SEG gives its own names and colours. A SEG on another grid in the same frame of
/// reference stays on its own grid; any other grid than the scan's is a problem, and nothing is drawn.
/// @throws Error{kNotFound, kPermission}  `images` does not exist, or holds no image.
/// @throws Error{kParam}                  no such series.
OpenCase open_scan(const ScanRequest& request, Context& context);

}  // namespace ledd::cases
