#include <fmt/core.h>
#include <itkImageFileWriter.h>
#include <itkNiftiImageIO.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ledd/core/config.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"

namespace fs = std::filesystem;

namespace {

struct Request {
  std::string out;
  std::vector<std::string> contrasts{"t2"};
  std::vector<std::string> settings;
  std::string format = "dicom";
  int threads = 2;
};

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

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  ledd::require(
      !error, ledd::Errc::kCreate, fmt::format("cannot make {}: {}", folder.string(), error.message()));
}

void write_text(const std::string& text, const fs::path& path) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  ledd::require(!file.fail(), ledd::Errc::kIo, "cannot write " + path.string());
}

std::string parameter_help() {
  std::string text = "Parameters for --set (name  default  unit  legal values):\n";
  const ledd::LumbarPhantom::Params defaults;
  for (const auto& f : ledd::LumbarPhantom::Params::table().fields()) {
    text += fmt::format("  {:<28} {:<8} {:<4} {}\n      {}\n",
                        f.info.name,
                        ledd::to_text(f.get(defaults)),
                        f.info.unit,
                        f.info.legal,
                        f.info.help);
  }
  return text;
}

void make(const Request& request) {
  // Every series is checked before the first is drawn.
  std::vector<ledd::LumbarPhantom::Params> all;
  for (const std::string& contrast : request.contrasts) {
    auto settings = request.settings;
    settings.push_back("scan.contrast=" + contrast);
    all.push_back(ledd::LumbarPhantom::Params::table().parse(ledd::merge_config("", settings)));
    const ledd::LumbarPhantom checked(all.back());
  }
  const fs::path out(request.out);
  make_folder(out / "truth");
  for (std::size_t i = 0; i < all.size(); ++i) {
    ledd::Context context({}, request.threads);
    const auto result = ledd::LumbarPhantom(all[i])(context);
    const std::string& name = request.contrasts[i];
    if (request.format == "dicom") {
      ledd::phantom::write_dicom(result, all[i], out / "dicom" / name);
    } else {
      make_folder(out / "nifti");
      write_nifti(*result.image, out / "nifti" / (name + ".nii.gz"));
    }
    write_nifti(*result.labels, out / "truth" / (name + "_labels.nii.gz"));
    write_text(ledd::phantom::to_json(result.truth), out / "truth" / "truth.json");
  }
}

int run(int argc, char** argv) {
  CLI::App app{"Draws a lumbar MRI of a parametric spine, with the truth beside it."};
  app.footer(parameter_help());
  Request request;
  app.add_option("-o,--out", request.out, "Folder to write: dicom/ or nifti/, and truth/")->required();
  app.add_option("--contrast", request.contrasts, "t1, t2, stir, water, fat; several with commas")
      ->delimiter(',')
      ->check(CLI::IsMember({"t1", "t2", "stir", "water", "fat"}))
      ->capture_default_str();
  app.add_option("--set", request.settings, "name=value; may be repeated")->take_all();
  app.add_option("--format", request.format, "dicom or nifti")
      ->check(CLI::IsMember({"dicom", "nifti"}))
      ->capture_default_str();
  app.add_option("--threads", request.threads, "Threads")->check(CLI::Range(1, 256))->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  make(request);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const ledd::Error& e) {
    fmt::print(stderr, "ledd-phantom: {}\n", e.what());
    return ledd::exit_status(e.code());
  } catch (const std::exception& e) {
    fmt::print(stderr, "ledd-phantom: {}\n", e.what());
    return 1;
  }
}
