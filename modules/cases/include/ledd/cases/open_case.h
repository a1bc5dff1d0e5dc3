#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/store/store.h"

namespace ledd::cases {

/// A finished case with the scan that it was made from, for somebody to look at.
struct OpenCase {
  store::CaseEndpoints endpoints;
  std::string series;                           ///< Words for people.
  std::string result_sha256;                    ///< Of provenance.json: which result it is.
  std::string modality{};                       ///< "CT", "MR"; empty where the scan does not say.
  std::string rescale_type{};                   ///< What its values are, where it says so: "HU", "mg HA/ccm".
  std::vector<std::filesystem::path> inputs;    ///< The files it was made from.
  Volume::Pointer scan;                         ///< Null when `problems` says why.
  Labels::Pointer labels;                       ///< Null when the case has none, or `problems` says why.
  std::map<std::string, Volume::Pointer> maps;  ///< By name without extension; 0 where there is no value.
  std::map<std::string, ColourScale> scales{};  ///< Of those maps whose pipeline says what they are.
  std::vector<Polyline> lines;                  ///< Measurements where they were taken.
  /// What could not be opened and what to do about it, one sentence each: the rest can still be looked at.
  std::vector<std::string> problems;
};

/// Reads a case folder, and the scan from the files that provenance.json names.
/// @param look_in  where to find the scan when these files are no longer there; its series is known by its
///                 images.
/// @throws Error{kNotFound, kFormat, kPermission, kIo}  it is no finished case.
OpenCase open_case(const std::filesystem::path& folder,
                   const std::vector<std::filesystem::path>& look_in,
                   Context& context);

}  // namespace ledd::cases
