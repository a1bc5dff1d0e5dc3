#pragma once
#include <string>
#include <utility>
#include <vector>

#include "ledd/cases/open_case.h"
#include "ledd/cases/survey.h"
#include "ledd/core/error.h"

namespace ledd::cases {

/// Runs `body`; what it throws is told as a problem.
template <class Body>
void noting(std::vector<std::string>& problems, Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (const Error& e) {
    if (e.code() == Errc::kCancelled) throw;
    problems.emplace_back(e.what());
  }
}

/// The grey values of a series, and what its header says of it, into `opened`.
/// @param voxel_mm  Of a stack of TIFF, which states none; 0: not known.
/// @throws Error  as dicom::load, files::read_volume; kInput, kUnsupported  it cannot be shown.
void load_series(const Series& series, double voxel_mm, Context& context, OpenCase& opened);

/// Whether labels may be drawn over the scan; adds to the problems why not. True without a scan.
bool stands_on_scan(const Labels& labels, const std::string& name, OpenCase& opened);

}  // namespace ledd::cases
