#include "beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "ledd/cases/compare.h"
#include "ledd/cases/survey.h"
#include "ledd/cases/used_series.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/store/store.h"

#include "content.h"

namespace ledd::viewer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 20000, kMostFolders = 500;

/// Runs `body`; what it throws becomes a note.
template <class Body>
void noting(std::vector<std::string>& notes, const char* what, Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (const Error& e) {
    if (e.code() == Errc::kCancelled) throw;
    notes.push_back(fmt::format("{}: {}", what, e.what()));
  }
}

/// All visits that share a baseline with the case, and that baseline.
std::set<std::string> other_visits(const std::vector<cases::VisitPair>& pairs, const std::string& case_id) {
  std::set<std::string> baselines, others;
  for (const auto& pair : pairs)
    if (pair.baseline == case_id || pair.followup == case_id) baselines.insert(pair.baseline);
  for (const auto& pair : pairs)
    if (baselines.contains(pair.baseline)) {
      others.insert(pair.baseline);
      others.insert(pair.followup);
    }
  others.erase(case_id);
  return others;
}

void add_visits(const CasePlace& place, const cases::OpenCase& main, Partners& partners) {
  const std::string& pipeline = main.endpoints.info.pipeline;
  // A pipeline that this version does not know has cases all the same: then all are paired.
  const auto registry = cases::builtin_pipelines({});
  const bool known =
      std::any_of(registry.begin(), registry.end(), [&](const auto& one) { return one.name == pipeline; });
  std::vector<std::pair<std::string, Partner>> visits;
  for (const auto& pairing : cases::pair_visits(place.out, registry, known ? pipeline : "")) {
    if (pairing.pipeline != pipeline) continue;
    for (const std::string& id : other_visits(pairing.pairs, place.case_id)) {
      const auto info =
          store::parse_endpoints(files::read_bytes(place.out / "cases" / id / "endpoints.json")).info;
      const bool baseline = std::any_of(
          pairing.pairs.begin(), pairing.pairs.end(), [&](const auto& pair) { return pair.baseline == id; });
      const std::string title = fmt::format("{} {}{}{}, case {}",
                                            baseline ? "baseline" : "follow-up",
                                            info.study_date,
                                            info.session.empty() ? "" : ", ",
                                            info.session,
                                            id);
      visits.emplace_back(info.study_date, Partner{Partner::Kind::kVisit, title, id});
    }
    for (const std::string& apart : pairing.apart)
      if (apart.starts_with("case " + place.case_id)) partners.notes.push_back(apart);
  }
  std::sort(visits.begin(), visits.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.case_id) < std::tie(b.first, b.second.case_id);
  });
  for (auto& [date, partner] : visits) partners.found.push_back(std::move(partner));
}

std::vector<fs::path> files_in(const fs::path& folder, std::size_t most) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && entry != end && files.size() < most;
       entry.increment(error))
    if (entry->is_regular_file(error) && !files::is_image_file(entry->path())) files.push_back(entry->path());
  return files;
}

std::vector<fs::path> folders_beside(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(folder.parent_path(), error), end;
       !error && entry != end && folders.size() < kMostFolders;
       entry.increment(error))
    if (entry->is_directory(error) && !entry->is_symlink(error) && entry->path() != folder)
      folders.push_back(entry->path());
  return folders;
}

void append(std::vector<fs::path>& to, const std::vector<fs::path>& files) {
  to.insert(to.end(), files.begin(), files.end());
}

using Stacks = std::map<std::string, dicom::Stack>;  // by id

Stacks stacks_of(const std::vector<fs::path>& where, Context& context) {
  Stacks stacks;
  if (where.empty()) return stacks;
  for (auto& stack : dicom::index(where, context).stacks) stacks.insert_or_assign(stack.id, stack);
  return stacks;
}

RigidAlignment::Frames frames_of(const dicom::Stack& a, const dicom::Stack& b) {
  if (a.frame_of_reference_uid.empty() || b.frame_of_reference_uid.empty())
    return RigidAlignment::Frames::kNotStated;
  return a.frame_of_reference_uid == b.frame_of_reference_uid ? RigidAlignment::Frames::kShared
                                                              : RigidAlignment::Frames::kDifferent;
}

/// Of one study, or in one frame of reference: some archives give each series a study of its own.
bool same_visit(const dicom::Stack& a, const dicom::Stack& b) {
  return (!a.study_uid.empty() && a.study_uid == b.study_uid) ||
         frames_of(a, b) == RigidAlignment::Frames::kShared;
}

/// The stack of the case: by its id, or where no record names one, by its first file.
const dicom::Stack* primary_in(const Stacks& stacks,
                               const std::vector<cases::UsedSeries>& used,
                               const std::vector<fs::path>& inputs) {
  for (const auto& [id, stack] : stacks)
    if (used.empty()
            ? std::any_of(stack.slices.begin(),
                          stack.slices.end(),
                          [&](const auto& slice) { return !inputs.empty() && slice.path == inputs.front(); })
            : id == used.front().id)
      return &stack;
  return nullptr;
}

/// The stacks of the folders that hold the inputs, and of the same study in the folders beside these.
Stacks stacks_near(const std::vector<fs::path>& inputs,
                   const std::vector<cases::UsedSeries>& used,
                   Context& context) {
  std::set<fs::path> folders;
  for (const fs::path& input : inputs) folders.insert(input.parent_path());
  std::vector<fs::path> own;
  for (const fs::path& folder : folders) append(own, files_in(folder, kMostFiles));
  Stacks stacks = stacks_of(own, context);
  const auto* const primary = primary_in(stacks, used, inputs);
  if (primary == nullptr) return stacks;
  std::set<fs::path> beside;
  for (const fs::path& folder : folders)
    for (const fs::path& other : folders_beside(folder))
      if (!folders.contains(other)) beside.insert(other);
  std::vector<fs::path> first;
  for (const fs::path& folder : beside) append(first, files_in(folder, 1));
  std::vector<fs::path> of_study;
  for (const auto& [id, stack] : stacks_of(first, context))
    if (same_visit(stack, *primary))
      for (const auto& slice : stack.slices) append(of_study, files_in(slice.path.parent_path(), kMostFiles));
  stacks.merge(stacks_of(of_study, context));
  return stacks;
}

bool can_stand_beside(const dicom::Stack& stack, const dicom::Stack& primary) {
  return stack.id != primary.id && same_visit(stack, primary) && stack.patient_id == primary.patient_id &&
         stack.problem.empty() && !stack.localizer && stack.slices.size() > 1;
}

std::string name_of(const dicom::Stack& stack) {
  cases::Series series;
  series.stack = stack;
  return cases::describe(series);
}

/// "series 3 "T1 SAG"", with the echo time where the rest is that of the case's own stack.
std::string title_of(const dicom::Stack& stack, const dicom::Stack& primary) {
  std::string name = name_of(stack);
  if (name != name_of(primary) || !stack.echo_time_ms) return name;
  return fmt::format("{}, echo time {:g} ms", name, *stack.echo_time_ms);
}

void add_series(const CasePlace& place, const cases::OpenCase& main, Partners& partners, Context& context) {
  std::vector<cases::UsedSeries> used;
  if (!place.out.empty()) {
    used = cases::used_series(place.folder());
    if (used.empty()) return;  // a segmentation alone
  }
  std::vector<fs::path> inputs;
  bool image_files = false, missing = false;
  for (const fs::path& input : main.inputs) {
    image_files = image_files || files::is_image_file(input);
    missing = missing || !fs::exists(input);
    if (fs::exists(input) && !files::is_image_file(input)) inputs.push_back(input);
  }
  const Stacks stacks = missing && !place.look_in.empty() ? stacks_of(place.look_in, context)
                                                          : stacks_near(inputs, used, context);
  const auto* const primary = primary_in(stacks, used, main.inputs);
  if (primary == nullptr) {
    partners.notes.emplace_back(image_files ? "the scan is no DICOM: it does not say of which study it is"
                                            : "the scan's own files are not there: its study is not known");
    return;
  }
  // Those that the case was made with first, then by number.
  const auto rank = [&](const dicom::Stack& stack) {
    return std::find_if(used.begin(), used.end(), [&](const auto& one) { return one.id == stack.id; }) -
           used.begin();
  };
  std::vector<const dicom::Stack*> beside;
  for (const auto& [id, stack] : stacks)
    if (can_stand_beside(stack, *primary)) beside.push_back(&stack);
  std::stable_sort(beside.begin(), beside.end(), [&](const auto* a, const auto* b) {
    return std::tuple(rank(*a), a->series_number.value_or(0), a->echo_time_ms.value_or(0.0)) <
           std::tuple(rank(*b), b->series_number.value_or(0), b->echo_time_ms.value_or(0.0));
  });
  for (const dicom::Stack* stack : beside)
    partners.found.push_back(
        {Partner::Kind::kSeries, title_of(*stack, *primary), "", *stack, frames_of(*primary, *stack)});
  if (beside.empty())
    partners.notes.emplace_back("no other series of the study lies beside the scan's files");
}

template <class Image>
typename Image::ConstPointer moved(const typename Image::ConstPointer& image, const RigidMotion& motion) {
  if (image.IsNull()) return image;
  auto placed = Image::New();
  placed->CopyInformation(image);
  placed->SetRegions(image->GetLargestPossibleRegion());
  // Shared, not copied: nobody writes to what is shown.
  placed->SetPixelContainer(const_cast<typename Image::PixelContainer*>(image->GetPixelContainer()));
  const auto& o = image->GetOrigin();
  const Point to = motion({o[0], o[1], o[2]});
  placed->SetOrigin(to.data());
  const auto& was = image->GetDirection();
  typename Image::DirectionType direction;
  direction.Fill(0.0);
  for (unsigned r = 0; r < 3; ++r)
    for (unsigned c = 0; c < 3; ++c)
      for (unsigned k = 0; k < 3; ++k) direction(r, c) += motion.rotation[r][k] * was(k, c);
  placed->SetDirection(direction);
  return placed;
}

}  // namespace

Partners find_partners(const CasePlace& place, const cases::OpenCase& main, Context& context) {
  Partners partners;
  if (!place.out.empty()) noting(partners.notes, "other visits", [&] { add_visits(place, main, partners); });
  context.throw_if_cancelled();
  noting(partners.notes, "other series", [&] { add_series(place, main, partners, context); });
  return partners;
}

Beside open_partner(const CasePlace& place,
                    const cases::OpenCase& main,
                    const Partner& partner,
                    Context& context) {
  require(main.scan.IsNotNull(), Errc::kInput, "the case itself has no scan to show");
  Beside beside;
  if (partner.kind == Partner::Kind::kSeries) {
    require(partner.stack.has_value(), Errc::kInput, "the series has no images");
    cases::OpenCase series;
    series.scan = dicom::load(*partner.stack, context);
    series.modality = partner.stack->modality;
    series.rescale_type = partner.stack->rescale_type;
    beside.content = content_of(series);
    beside.content.title = partner.title;
    beside.registration = register_series(*main.scan, *series.scan, series.modality, partner.frames, context);
    return beside;
  }
  const auto other = cases::open_case(CasePlace{place.out, partner.case_id}.folder(), place.look_in, context);
  require(other.scan.IsNotNull(),
          Errc::kNotFound,
          other.problems.empty() ? "the visit has no scan" : other.problems.front());
  beside.content = content_of(other);
  beside.content.title = partner.title;
  beside.registration = register_visits(main, other, context);
  return beside;
}

Content moved(const Content& content, const RigidMotion& motion) {
  Content placed = content;
  placed.scan = moved<Volume>(content.scan, motion);
  placed.labels = moved<Labels>(content.labels, motion);
  for (auto& [name, map] : placed.maps) map = moved<Volume>(map, motion);
  for (Polyline& line : placed.lines)
    for (auto& p : line.points_lps_mm) p = motion(p);
  return placed;
}

}  // namespace ledd::viewer
