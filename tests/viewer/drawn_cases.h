#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace ledd::testing {

/// Finished cases of a drawn trunk in CT: body, twelve vertebral bodies, two femora, noise. DICOM, one file a
/// slice, is written to `folder`/dicom and run through a pipeline that knows the drawing: `folder`/out has
/// the case folders as any other.
///
/// @param columns  Voxels along a row and along a column.
/// @return         Ids of the cases.
std::vector<std::string> draw_cases(const std::filesystem::path& folder,
                                    std::size_t cases,
                                    std::size_t columns,
                                    std::size_t slices);

}  // namespace ledd::testing
