// Usage: report_example FOLDER [IMAGE LABELS]
// Writes case.html, summary.pdf, index.html and the pictures, from a made-up spine or from the given files.
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <set>

#include "ledd/files/files.h"
#include "ledd/report/report.h"

#include "phantom.h"

namespace {

using namespace ledd;  // NOLINT(google-build-using-namespace): a program of one page

struct Scan {
  Volume::Pointer image;
  Labels::Pointer labels;
};

template <class Image>
void lie_sagittally(Image& image) {
  typename Image::DirectionType direction;
  direction.Fill(0.0);
  direction(1, 0) = 1.0;
  direction(2, 1) = -1.0;
  direction(0, 2) = -1.0;
  image.SetDirection(direction);
}

/// Five boxes on noise, sagittal slices of 4 mm.
Scan made_up() {
  const phantom::Size size{256, 256, 12};
  const phantom::Spacing spacing_mm{1.0, 1.0, 4.0};
  Scan scan{phantom::blank<Volume>(size, spacing_mm, 0.0F), phantom::blank<Labels>(size, spacing_mm, 0)};
  lie_sagittally(*scan.image);
  lie_sagittally(*scan.labels);
  std::uint32_t state = 7;
  for (long k = 0; k < 12; ++k)
    for (long j = 0; j < 256; ++j)
      for (long i = 0; i < 256; ++i) {
        state = state * 1664525U + 1013904223U;
        const long level = (j - 20) / 42;
        const long inset = std::lround(12.0 * std::sin(static_cast<double>(j) / 60.0));
        const bool inside = j >= 20 && level < 5 && (j - 20) % 42 < 30 && i > 95 + inset && i < 135 + inset &&
                            k > 1 && k < 10;
        scan.image->SetPixel({{i, j, k}}, (inside ? 300.0F : 120.0F) + static_cast<float>(state >> 26U));
        if (inside) scan.labels->SetPixel({{i, j, k}}, static_cast<std::uint16_t>(20 + level));
      }
  return scan;
}

Figure sagittal(const Scan& scan, unsigned axis) {
  Figure figure;
  figure.name = "mid-sagittal";
  figure.caption =
      "Mid-sagittal slice with the vertebral bodies and the anterior and posterior height of each.";
  figure.axis = axis;
  figure.slice = static_cast<long>(scan.image->GetLargestPossibleRegion().GetSize(axis)) / 2;
  return figure;
}

/// The box of each label on the slice, as two upright lines.
void add_heights(Figure& figure, const Labels& labels, std::uint16_t id) {
  long low_i = 1L << 20;
  long low_j = 1L << 20;
  long high_i = -1;
  long high_j = -1;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  for (long j = 0; j < static_cast<long>(size[1]); ++j)
    for (long i = 0; i < static_cast<long>(size[0]); ++i)
      if (labels.GetPixel({{i, j, figure.slice}}) == id) {
        low_i = std::min(low_i, i);
        high_i = std::max(high_i, i);
        low_j = std::min(low_j, j);
        high_j = std::max(high_j, j);
      }
  for (const long i : {low_i + 2, high_i - 2}) {
    Polyline line;
    for (const long j : {low_j, high_j}) {
      Labels::PointType p;
      labels.TransformIndexToPhysicalPoint({{i, j, figure.slice}}, p);
      line.points_lps_mm.push_back({p[0], p[1], p[2]});
    }
    if (high_i >= 0) figure.lines.push_back(line);
  }
}

EndpointDefinition definition(const std::string& key, const std::string& title, const std::string& unit) {
  return {key,
          title,
          unit,
          "six-point/1",
          "Distance between the corners of the body on its mid-sagittal plane, in the frame of the body.",
          "the field's textbook, 2019",
          "not yet measured"};
}

Outcome outcome_of(const std::vector<EndpointDefinition>& d) {
  Outcome outcome;
  outcome.notes = {
      "The sacrum is not in view: the levels are counted from the lowest body and are uncertain.",
      "Slices are 4.0 mm thick; distances across slices are coarse."};
  double height_mm = 24.3;
  for (const char* region : {"L1", "L2", "L3", "L4", "L5"}) {
    for (std::size_t n = 0; n < 4; ++n) {
      if (std::string(region) == "L5" && n < 2)
        outcome.measurements.push_back(failed(region, d[n], "the lower endplate is outside of the scan"));
      else if (std::string(region) == "L2" && n > 0)
        outcome.measurements.push_back(uncertain(region, d[n], height_mm, "the upper endplate is faint"));
      else
        outcome.measurements.push_back(measured(region, d[n], n == 3 ? height_mm / 25.0 : height_mm));
      height_mm += 0.77;
    }
  }
  outcome.measurements.push_back(measured("L1-L5", d[4], -43.27));
  return outcome;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
  const bool given = argc > 3;
  const Scan scan = given ? Scan{files::read_volume(argv[2]), files::read_labels(argv[3])} : made_up();
  const std::vector<EndpointDefinition> definitions{definition("Ha", "Anterior height", "mm"),
                                                    definition("Hm", "Middle height", "mm"),
                                                    definition("Hp", "Posterior height", "mm"),
                                                    definition("Ha_Hp", "Wedge ratio", "1"),
                                                    definition("LL", "Lumbar lordosis", "deg")};
  const Outcome outcome = outcome_of(definitions);
  report::CasePage page;
  page.title = "spine-mri: case 3f2a91c07d44";
  page.facts = {{"Scanner", "Vendor Model, 1.5 T"}, {"Voxels", "1.00 x 1.00 x 4.00 mm"}, {"Ledd", "0.1.0"}};
  page.outcome = &outcome;
  page.definitions = definitions;
  page.ok = false;
  for (const unsigned axis : {2U, 1U, 0U}) {
    Figure figure = sagittal(scan, axis);
    if (axis == 2)
      for (std::uint16_t id = 18; id <= 26; ++id) add_heights(figure, *scan.labels, id);
    if (axis != 2) figure.caption = "Slice through the middle of axis " + std::to_string(axis) + ".";
    page.pictures.push_back(
        {figure.name, figure.caption, report::render_png(figure, *scan.image, scan.labels)});
    files::write_bytes(page.pictures.back().png, folder / ("axis-" + std::to_string(axis) + ".png"));
  }
  files::write_bytes(report::case_page(page), folder / "case.html");
  files::write_bytes(report::summary_pdf(page), folder / "summary.pdf");
  std::vector<report::IndexRow> rows(4);
  const std::string small = "thumbnail.png";
  files::write_bytes(report::thumbnail_png(page.pictures[0].png), folder / small);
  rows[0] = {"3f2a91c07d44", "done", "", "spine-mri", "T2 TSE sagittal", "case.html", 14, 3, 2, small};
  rows[1] = {"77b0aa1290fe", "done", "", "spine-mri", "T2 TSE sagittal", "case.html", 21, 0, 0, small};
  rows[2] = {"0c11d20f3ab9",
             "quarantined",
             "slice gap 8.000 mm after slice 6 differs from 4.000 mm",
             "spine-mri",
             "T1",
             "",
             0,
             0,
             0,
             ""};
  rows[3] = {"91aa00bb1122", "cached", "", "spine-mri", "T2 STIR", "case.html", 20, 1, 0, small};
  files::write_bytes(report::index_page("Ledd: 4 cases", rows), folder / "index.html");
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
