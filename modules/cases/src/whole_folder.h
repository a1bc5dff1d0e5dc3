#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/store/export.h"

namespace ledd::cases {

/// A folder of files that appears whole, or takes the place of one that this function wrote before. Beside
/// the files it holds `manifest`, which names them with their digests: so it is known again, and a change in
/// it seen. A folder that holds anything else is not touched.
/// @throws Error{kCreate}  `to` is no such folder and not empty, or its parent cannot be written to.
/// @throws Error{kIo, kPermission}
void write_whole_folder(const std::vector<store::TableFile>& files,
                        const std::string& manifest,
                        const std::filesystem::path& to);

}  // namespace ledd::cases
