#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/dicom/dicom.h"
#include "ledd/file_cache/file_cache.h"

namespace ledd::dicom {

/// The kind of a FileCache for index(): another version of what reads headers, or another program of the
/// child processes, knows nothing of what this one found out.
/// @throws Error{kInternal}  the program of the child processes is missing.
std::string intake_kind();

/// The same as index() with isolation, but of files that did not change since another run it uses what that
/// run found out. What it finds out itself is kept in `known`, which the caller saves: headers name patients.
Index index(const std::vector<std::filesystem::path>& inputs, Context& context, file_cache::FileCache& known);

}  // namespace ledd::dicom
