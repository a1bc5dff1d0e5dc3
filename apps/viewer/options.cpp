#include "options.h"

#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"

namespace ledd::viewer {
namespace {

namespace fs = std::filesystem;

std::string login_name() {
  const passwd* const entry = getpwuid(getuid());
  return entry == nullptr ? std::string() : entry->pw_name;
}

/// An output folder, one case of it, or images.
void choose(const std::vector<std::string>& what, SessionOptions& session) {
  for (const std::string& name : what)
    require(fs::exists(name), Errc::kNotFound, name + ": there is no such file or folder");
  const fs::path first = fs::canonical(what.front());
  if (what.size() == 1 && fs::is_directory(first)) {
    if (fs::exists(first / "cases") || fs::exists(first / "quarantine")) {
      session.out = first;
      return;
    }
    if (fs::exists(first / "provenance.json") && first.parent_path().filename() == "cases") {
      session.out = first.parent_path().parent_path();
      session.only_case = first.filename();
      return;
    }
  }
  session.scan.emplace().images.assign(what.begin(), what.end());
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  CLI::App app(
      "Shows cases to a reader: to accept, reject or correct them. Research use only.\n"
      "  ledd-view OUT               an output folder of ledd run: its cases as a list\n"
      "  ledd-view OUT/cases/ID      one case of it\n"
      "  ledd-view IMAGES            any DICOM series, NIfTI, NRRD or MHA, with --labels",
      "ledd-view");
  app.set_version_flag("--version", "ledd-view " + cases::version());
  std::vector<std::string> what, images;
  std::string labels, key, scheme = "ledd", reader = login_name();
  bool blind = false;
  app.add_option("WHAT", what, "Output folder, case folder, or image files and folders")->required();
  app.add_option("--reader", reader, "Who signs: letters, digits and . _ - @ (default: the login's name)");
  app.add_flag("--blind", blind, "In an order of chance, without names, dates, sites and changes");
  app.add_option("--images", images, "Folders to find scans in that have moved since they were measured");
  app.add_option("--labels", labels, "Segmentation of IMAGES: DICOM SEG, NIfTI, NRRD or MHA");
  app.add_option("--label-scheme",
                 scheme,
                 "What its ids mean: ledd (default), another known scheme, a .toml file, or none");
  app.add_option("--key", key, "Key of the subjects' pseudonyms, to save corrections where OUT has them");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    static_cast<void>(app.exit(e));
    return std::nullopt;
  } catch (const CLI::ParseError& e) {
    throw Error(Errc::kParam, std::string(e.what()) + "; see ledd-view --help");
  }
  Options options;
  choose(what, options.session);
  require(labels.empty() || options.session.scan,
          Errc::kParam,
          "--labels goes with images; a case of Ledd has its own labels");
  review_record::check_reader(reader);
  if (options.session.scan) {
    require(labels.empty() || fs::exists(labels), Errc::kNotFound, labels + ": there is no such file");
    options.session.scan->labels = labels;
    options.session.scan->scheme = scheme == "none" ? "" : scheme;
  }
  options.session.key = key;
  options.session.images.assign(images.begin(), images.end());
  options.session.reader = reader;
  options.session.blind = blind;
  options.repeat = {"--reader", reader};
  if (blind) options.repeat.emplace_back("--blind");
  return options;
}

}  // namespace ledd::viewer
