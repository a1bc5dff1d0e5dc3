#pragma once
#include <fmt/core.h>
#include <itkImageFileWriter.h>
#include <itkNiftiImageIO.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "ledd/core/error.h"

namespace ledd::phantom_app {

namespace fs = std::filesystem;

template <class Image>
void write_nifti(const Image& image, const fs::path& path) {
  auto io = itk::NiftiImageIO::New();
  auto writer = itk::ImageFileWriter<Image>::New();
  writer->SetImageIO(io);
  writer->SetInput(&image);
  writer->SetFileName(path.string());
  writer->SetUseCompression(true);
  writer->Update();
}

inline void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  require(!error, Errc::kCreate, fmt::format("cannot make {}: {}", folder.string(), error.message()));
}

inline void write_text(const std::string& text, const fs::path& path) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  require(!file.fail(), Errc::kIo, "cannot write " + path.string());
}

}  // namespace ledd::phantom_app
