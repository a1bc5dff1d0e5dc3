#pragma once
#include <string>
#include <string_view>

namespace ledd::audit {

/// Lower-case hexadecimal.
std::string sha256(std::string_view bytes);

/// The whole file. @throws Error{kNotFound, kPermission, kIo}
std::string read_file(const std::string& path);

/// The code of an errno. @throws Error  always.
[[noreturn]] void fail(const std::string& path, int error);

}  // namespace ledd::audit
