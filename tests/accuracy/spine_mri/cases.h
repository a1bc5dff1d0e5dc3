#pragma once
#include <filesystem>
#include <map>
#include <string>

namespace ledd::accuracy {

/// The file of a case folder whose name begins with `start` and ends in .gz. @throws Error{kNotFound}
std::filesystem::path file_in(const std::filesystem::path& folder, const std::string& start);

/// For every case that some card in `folder` leaves out, the network (its path) that never saw it.
std::map<std::string, std::string> models_by_case(const std::filesystem::path& folder);

}  // namespace ledd::accuracy
