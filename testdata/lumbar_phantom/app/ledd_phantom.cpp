#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/core/config.h"
#include "ledd/knee_phantom/knee_phantom.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/torso_phantom/torso_phantom.h"
#include "ledd/xct_phantom/xct_phantom.h"

#include "output.h"

namespace fs = std::filesystem;
using ledd::phantom_app::make_folder;
using ledd::phantom_app::write_nifti;
using ledd::phantom_app::write_text;

namespace {

struct Request {
  std::string out;
  std::vector<std::string> contrasts{"t2"};
  std::vector<std::string> settings;
  std::string format = "dicom";
  std::string anatomy = "spine";
  int threads = 2;
};

template <class Params>
std::string parameter_help(const std::string& title) {
  std::string text = title + " (name  default  unit  legal values):\n";
  const Params defaults;
  for (const auto& f : Params::table().fields()) {
    text += fmt::format("  {:<28} {:<8} {:<4} {}\n      {}\n",
                        f.info.name,
                        ledd::to_text(f.get(defaults)),
                        f.info.unit,
                        f.info.legal,
                        f.info.help);
  }
  return text;
}

/// One series: DESS with two echoes or a multi-echo spin echo.
void make_knee(const Request& request) {
  using Phantom = ledd::KneePhantom;
  const auto params = Phantom::Params::table().parse(ledd::merge_config("", request.settings));
  ledd::Context context({}, request.threads);
  const auto result = Phantom(params)(context);
  const fs::path out(request.out);
  make_folder(out / "truth");
  if (request.format == "dicom") {
    ledd::knee_phantom::write_dicom(result, params, out / "dicom");
  } else {
    make_folder(out / "nifti");
    for (std::size_t e = 0; e < result.echoes.size(); ++e)
      write_nifti(*result.echoes[e], out / "nifti" / fmt::format("echo{}.nii.gz", e + 1));
  }
  write_nifti(*result.labels, out / "truth" / "labels.nii.gz");
  write_text(ledd::knee_phantom::to_json(result.truth), out / "truth" / "truth.json");
}

/// A CT of a trunk, with bodies and femora.
void make_ct(const Request& request) {
  using Phantom = ledd::TorsoPhantom;
  const auto params = Phantom::Params::table().parse(ledd::merge_config("", request.settings));
  ledd::Context context({}, request.threads);
  const auto result = Phantom(params)(context);
  const fs::path out(request.out);
  make_folder(out / "truth");
  if (request.format == "dicom") {
    ledd::torso_phantom::write_dicom(result, params, out / "dicom");
  } else {
    make_folder(out / "nifti");
    write_nifti(*result.scan, out / "nifti" / "ct.nii.gz");
  }
  write_nifti(*result.bodies, out / "truth" / "bodies.nii.gz");
  write_nifti(*result.femora, out / "truth" / "femora.nii.gz");
  write_text(ledd::torso_phantom::to_json(result.truth), out / "truth" / "truth.json");
}

/// A slab of a long bone as an AIM file, or as an image of densities.
void make_bone(const Request& request) {
  const auto params = ledd::phantom::XctPhantom::table().parse(ledd::merge_config("", request.settings));
  const auto truth = ledd::phantom::draw(params);
  const fs::path out(request.out);
  make_folder(out / "truth");
  if (request.format == "nifti") {
    make_folder(out / "nifti");
    write_nifti(*truth.density_mg_per_cm3, out / "nifti" / "bone.nii.gz");
  } else {
    make_folder(out / "aim");
    write_text(ledd::phantom::as_aim(*truth.density_mg_per_cm3), out / "aim" / "BONE.AIM");
  }
  write_text(
      fmt::format(
          "{{\"Tt_Ar_mm2\": {}, \"Tb_Ar_mm2\": {}, \"Ct_Ar_mm2\": {}, \"BV_TV\": {}, \"Ct_Po\": {}}}\n",
          truth.tt_ar_mm2,
          truth.tb_ar_mm2,
          truth.ct_ar_mm2,
          truth.bone_share,
          truth.pore_share),
      out / "truth" / "truth.json");
}

void make_spine(const Request& request) {
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
  CLI::App app{
      "Draws an MRI of a parametric spine or knee, an HR-pQCT of a long bone or a CT of a trunk, with the "
      "truth "
      "beside it."};
  app.footer(parameter_help<ledd::LumbarPhantom::Params>("Parameters for --set, spine") +
             parameter_help<ledd::KneePhantom::Params>("Parameters for --set, knee") +
             parameter_help<ledd::phantom::XctPhantom>("Parameters for --set, bone") +
             parameter_help<ledd::TorsoPhantom::Params>("Parameters for --set, ct"));
  Request request;
  app.add_option("-o,--out", request.out, "Folder to write: dicom/ or nifti/, and truth/")->required();
  app.add_option("--anatomy", request.anatomy, "spine, knee, bone or ct")
      ->check(CLI::IsMember({"spine", "knee", "bone", "ct"}))
      ->capture_default_str();
  app.add_option("--contrast", request.contrasts, "Of a spine: t1, t2, stir, water, fat; several with commas")
      ->delimiter(',')
      ->check(CLI::IsMember({"t1", "t2", "stir", "water", "fat"}))
      ->capture_default_str();
  app.add_option("--set", request.settings, "name=value; may be repeated")->take_all();
  app.add_option("--format", request.format, "dicom or nifti; of a bone aim or nifti")
      ->check(CLI::IsMember({"dicom", "nifti", "aim"}))
      ->capture_default_str();
  app.add_option("--threads", request.threads, "Threads")->check(CLI::Range(1, 256))->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (request.anatomy == "bone")
    make_bone(request);
  else if (request.anatomy == "ct")
    make_ct(request);
  else
    request.anatomy == "knee" ? make_knee(request) : make_spine(request);
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
