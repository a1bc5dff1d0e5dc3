#include "cases.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::accuracy {

namespace fs = std::filesystem;

fs::path file_in(const fs::path& folder, const std::string& start) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().rfind(start, 0) == 0 && entry.path().extension() == ".gz")
      return entry.path();
  throw Error(Errc::kNotFound, fmt::format("no {}*.nii.gz in {}", start, folder.string()));
}

std::map<std::string, std::string> models_by_case(const fs::path& folder) {
  std::map<std::string, std::string> model_of;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto card = nlohmann::json::parse(files::read_bytes(entry.path()));
    auto onnx = entry.path();
    for (const auto& name : card.at("left_out")) model_of[name] = onnx.replace_extension(".onnx").string();
  }
  return model_of;
}

}  // namespace ledd::accuracy
