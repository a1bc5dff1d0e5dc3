#pragma once
#include <filesystem>

#include "ledd/image/image.h"

namespace ledd::files {

/// The numbers of an AIM or ISQ file as they stand there: native units.
/// @throws as read_scanco_header.
Volume::Pointer read_scanco(const std::filesystem::path& path);

}  // namespace ledd::files
