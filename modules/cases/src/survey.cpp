#include "ledd/cases/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>

#include "ledd/cases/plan_cache.h"
#include "ledd/core/error.h"
#include "ledd/dicom/cached_index.h"
#include "ledd/files/files.h"

#include "echoes.h"
#include "known_files.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// A folder whose content is no input. Asked of many files, few folders and hardly a link among them.
class LeftOut {
 public:
  explicit LeftOut(const fs::path& folder)
      : folder_(folder.empty() ? fs::path() : fs::weakly_canonical(folder)) {}

  bool holds(const fs::path& path) {
    if (folder_.empty()) return false;
    std::error_code failed;
    if (fs::is_symlink(fs::symlink_status(path, failed))) return is_below(path);
    const auto [known, is_new] = parents_.try_emplace(path.parent_path().native(), false);
    if (is_new) known->second = is_below(path);
    return known->second;
  }

 private:
  bool is_below(const fs::path& path) const {
    const fs::path inside = fs::weakly_canonical(path).lexically_relative(folder_);
    return !inside.empty() && *inside.begin() != "..";
  }

  fs::path folder_;
  std::unordered_map<std::string, bool> parents_;
};

bool is_no_dicom(const fs::path& path) {
  return files::is_image_file(path) || files::is_tiff_file(path);
}

void add_images_below(const fs::path& folder, std::set<fs::path>& images) {
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied, error);
  require(!error, Errc::kPermission, fmt::format("{}: {}", folder.string(), error.message()));
  for (const fs::directory_entry& entry : walk)
    if (entry.is_regular_file(error) && is_no_dicom(entry.path())) images.insert(entry.path());
}

/// The image files and TIFF among the inputs and below the folders among them.
std::set<fs::path> image_files(const std::vector<fs::path>& inputs) {
  std::set<fs::path> images;
  for (const fs::path& input : inputs) {
    std::error_code error;
    const auto status = fs::status(input, error);
    require(status.type() != fs::file_type::not_found,
            Errc::kNotFound,
            fmt::format("{}: there is no such file or folder", input.string()));
    require(!error, Errc::kPermission, fmt::format("{}: {}", input.string(), error.message()));
    if (fs::is_directory(status))
      add_images_below(input, images);
    else if (is_no_dicom(input))
      images.insert(input);
  }
  return images;
}

std::string plane_of(const Point& normal_lps) {
  constexpr std::array<std::string_view, 3> kPlanes{"sagittal", "coronal", "axial"};
  for (unsigned axis = 0; axis < 3; ++axis)
    if (std::abs(normal_lps[axis]) >= 0.8660254) return std::string(kPlanes[axis]);
  return "oblique";
}

std::string geometry_of(const dicom::Stack& stack) {
  return fmt::format("{} x {} x {}, {:.4g} x {:.4g} x {:.4g} mm, {}",
                     stack.columns,
                     stack.rows,
                     stack.slices.size(),
                     stack.pixel_spacing_mm[0],
                     stack.pixel_spacing_mm[1],
                     stack.slice_spacing_mm,
                     plane_of(stack.normal_lps));
}

std::string geometry_of(const itk::ImageBase<3>& image) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const auto spacing = image.GetSpacing();
  return fmt::format("{} x {} x {}, {:.4g} x {:.4g} x {:.4g} mm",
                     size[0],
                     size[1],
                     size[2],
                     spacing[0],
                     spacing[1],
                     spacing[2]);
}

Series series_of(const dicom::Stack& stack, const Registry& registry) {
  Series series;
  series.id = stack.id;
  series.stack = stack;
  series.geometry = geometry_of(stack);
  series.problem = stack.problem;
  for (const Pipeline& pipeline : registry)
    series.verdicts.push_back({pipeline.name, pipeline.match_stack(stack)});
  return series;
}

Match match_of(const Pipeline& pipeline,
               const std::optional<files::ScancoHeader>& scanco,
               const itk::ImageBase<3>& image) {
  if (!scanco) return pipeline.match_image(image);
  if (pipeline.match_scanco) return pipeline.match_scanco(*scanco);
  return {false, fmt::format("a scan of HR-pQCT or microCT, which {} does not take", pipeline.name)};
}

/// Reads an image file once, to know its geometry and that it can be read at all.
std::pair<Series, dicom::FileEntry> series_of(const fs::path& path,
                                              const Registry& registry,
                                              PlanCache* known) {
  Series series;
  dicom::FileEntry entry{path, dicom::Decision::kUsed, "", ""};
  try {
    series.image = path;
    series.id = digest_of(path, known).substr(0, 12);
    const ImageFacts facts = image_facts(path, known);
    series.problem = facts.problem;
    if (facts.problem.empty()) {
      const auto grid = grid_of(facts);
      series.geometry = geometry_of(*grid);
      series.scanco = facts.scanco;
      for (const Pipeline& pipeline : registry)
        series.verdicts.push_back({pipeline.name, match_of(pipeline, series.scanco, *grid)});
    }
  } catch (const Error& e) {
    series.problem = e.what();
  }
  if (!series.problem.empty()) {
    entry.decision = dicom::Decision::kRefused;
    entry.reason = series.problem;
  }
  entry.stack_id = series.id;
  return {series, entry};
}

/// Looks at the headers of a stack's files, and whether none is missing.
Series series_of(const files::TiffStack& stack, const Registry& registry, PlanCache* known) {
  Series series;
  series.image = stack.files.front();
  series.tiff = stack.files;
  series.problem = stack.problem;
  try {
    std::string digests;
    for (const fs::path& path : stack.files) digests += digest_of(path, known);
    series.id = files::sha256(digests).substr(0, 12);
    const auto header = files::read_tiff_header(stack.files);
    series.geometry = fmt::format("{} x {} x {} pixels of {} bits, size not stated",
                                  header.columns,
                                  header.rows,
                                  header.slices,
                                  header.bits);
    for (const Pipeline& pipeline : registry)
      series.verdicts.push_back(
          {pipeline.name,
           pipeline.match_tiff
               ? pipeline.match_tiff(header)
               : Match{false, fmt::format("a stack of TIFF, which {} does not take", pipeline.name)}});
  } catch (const Error& e) {
    series.problem = e.what();
  }
  return series;
}

void add_tiff(Survey& survey, const std::set<fs::path>& images, const Registry& registry, PlanCache* known) {
  std::vector<fs::path> tiff;
  std::copy_if(images.begin(), images.end(), std::back_inserter(tiff), files::is_tiff_file);
  for (const auto& stack : files::tiff_stacks(tiff)) {
    const Series series = series_of(stack, registry, known);
    for (const fs::path& path : stack.files)
      survey.files.push_back({path,
                              series.problem.empty() ? dicom::Decision::kUsed : dicom::Decision::kRefused,
                              series.problem,
                              series.id});
    survey.series.push_back(series);
  }
}

/// A stack from which single files were refused may lack a slice at its end, which no gap betrays.
void mark_incomplete(Survey& survey) {
  std::map<std::string, const dicom::FileEntry*> refused;
  for (const auto& file : survey.files)
    if (file.decision == dicom::Decision::kRefused && !file.stack_id.empty())
      refused.emplace(file.stack_id, &file);
  for (Series& series : survey.series)
    if (const auto it = refused.find(series.id); series.problem.empty() && it != refused.end())
      series.problem = "one of its files was refused: " + it->second->reason;
}

void add_dicom(Survey& survey, dicom::Index index, LeftOut& out, const Registry& registry) {
  for (auto& file : index.files)
    if (!is_no_dicom(file.path) && !out.holds(file.path)) survey.files.push_back(std::move(file));
  for (const auto& stack : index.stacks)
    if (stack.slices.empty() || !out.holds(stack.slices.front().path))
      survey.series.push_back(series_of(stack, registry));
}

void add_images(Survey& survey,
                const std::set<fs::path>& images,
                const Registry& registry,
                PlanCache* known) {
  std::map<std::string, fs::path> seen;
  for (const fs::path& path : images) {
    if (files::is_tiff_file(path)) continue;
    auto [series, entry] = series_of(path, registry, known);
    const auto [first, is_new] = seen.emplace(series.id, path);
    if (is_new || series.id.empty()) {
      survey.series.push_back(std::move(series));
    } else {
      entry.decision = dicom::Decision::kIgnored;
      entry.reason = "the same bytes as " + first->second.string();
    }
    survey.files.push_back(std::move(entry));
  }
}

}  // namespace

std::string describe(const Series& series) {
  if (series.tiff.size() > 1)
    return fmt::format("{} and {} more", series.image.filename().string(), series.tiff.size() - 1);
  if (!series.stack) return series.image.filename().string();
  const auto& stack = *series.stack;
  std::string text = stack.series_number ? fmt::format("series {}", *stack.series_number) : "series";
  if (!stack.series_description.empty()) text += fmt::format(" \"{}\"", stack.series_description);
  return text;
}

Survey survey(const std::vector<fs::path>& inputs,
              const fs::path& leave_out,
              const Registry& registry,
              Context& context,
              PlanCache* known) {
  LeftOut out(leave_out);
  auto images = image_files(inputs);
  std::erase_if(images, [&](const fs::path& path) { return out.holds(path); });
  std::vector<fs::path> for_dicom;
  std::copy_if(inputs.begin(), inputs.end(), std::back_inserter(for_dicom), [](const fs::path& input) {
    return !is_no_dicom(input) || fs::is_directory(input);
  });

  Survey survey;
  if (!for_dicom.empty())
    add_dicom(survey,
              known == nullptr ? dicom::index(for_dicom, context)
                               : dicom::index(for_dicom, context, known->headers),
              out,
              registry);
  context.throw_if_cancelled();
  add_images(survey, images, registry, known);
  add_tiff(survey, images, registry, known);
  std::stable_sort(
      survey.files.begin(), survey.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  mark_incomplete(survey);
  refuse_lone_echoes(survey, registry);
  return survey;
}

}  // namespace ledd::cases
