#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ledd/files/files.h"

#include "case_folder.h"
#include "record.h"

namespace ledd::cases {

/// Writes files into the folder in the making and keeps their digests.
class Writer {
 public:
  explicit Writer(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void bytes(const std::string& name, const std::string& content) {
    writing([&] {
      std::filesystem::create_directories((folder_ / name).parent_path());
      write_staged(content, folder_ / name);
    });
    outputs_.push_back({name, files::sha256(content)});
  }
  struct Image {
    std::string name;
    std::function<void(const std::filesystem::path&)> write;
  };
  /// Packing takes longer than all that is packed took to make: several are written at the same time. Their
  /// digests stand in the order given.
  void images(const std::vector<Image>& images);
  const std::vector<FileDigest>& outputs() const { return outputs_; }

 private:
  std::filesystem::path folder_;
  std::vector<FileDigest> outputs_;
};

}  // namespace ledd::cases
