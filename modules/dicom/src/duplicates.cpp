#include "duplicates.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "ledd/core/error.h"

#include "dataset.h"
#include "pixels.h"

namespace ledd::dicom {
namespace {

bool same_bytes(const Facts& a, const Facts& b) {
  if (a.pixels.transfer_syntax != b.pixels.transfer_syntax) return false;
  std::ifstream left(a.path, std::ios::binary);
  std::ifstream right(b.path, std::ios::binary);
  left.seekg(static_cast<std::streamoff>(a.dataset_offset));
  right.seekg(static_cast<std::streamoff>(b.dataset_offset));
  std::vector<char> left_block(65536);
  std::vector<char> right_block(65536);
  while (left && right) {
    left.read(left_block.data(), static_cast<std::streamsize>(left_block.size()));
    right.read(right_block.data(), static_cast<std::streamsize>(right_block.size()));
    if (left.gcount() != right.gcount()) return false;
    if (!std::equal(left_block.begin(), left_block.begin() + left.gcount(), right_block.begin()))
      return false;
  }
  return left.eof() && right.eof();
}

bool same_frame(const Frame& a, const Frame& b) {
  return a.position_lps_mm == b.position_lps_mm && a.row_lps == b.row_lps && a.column_lps == b.column_lps &&
         a.pixel_spacing_mm == b.pixel_spacing_mm && a.rescale_slope == b.rescale_slope &&
         a.rescale_intercept == b.rescale_intercept && a.contrast == b.contrast && a.repeats == b.repeats;
}

bool same_pixels(const Facts& a, const Facts& b) {
  if (!a.defect.empty() || !b.defect.empty() || a.frames.size() != b.frames.size()) return false;
  if (a.common.series_uid != b.common.series_uid || a.pixels.rows != b.pixels.rows ||
      a.pixels.columns != b.pixels.columns || a.pixels.frames != b.pixels.frames)
    return false;
  for (std::size_t f = 0; f < a.frames.size(); ++f)
    if (!same_frame(a.frames[f], b.frames[f])) return false;
  try {
    const Pixels left(a);
    const Pixels right(b);
    std::vector<float> left_values(std::size_t{a.pixels.rows} * a.pixels.columns);
    std::vector<float> right_values(left_values.size());
    for (unsigned f = 0; f < a.pixels.frames; ++f) {
      left.rescale(f, 1.0, 0.0, left_values.data());
      right.rescale(f, 1.0, 0.0, right_values.data());
      if (left_values != right_values) return false;
    }
    return true;
  } catch (const Error&) {
    return false;  // what cannot be decoded is not known to be the same
  }
}

void settle(const std::vector<Scanned*>& copies, Intake& intake) {
  const Facts& first = *copies.front()->facts;
  for (std::size_t i = 1; i < copies.size(); ++i) {
    const Facts& other = *copies[i]->facts;
    if (intake.same_content(first.path, other.path)) continue;
    for (Scanned* copy : copies) {
      const Facts& rival = copy == copies[i] ? first : other;
      copy->facts->defect = complaint(copy->entry.path,
                                      DCM_SOPInstanceUID,
                                      first.sop_instance_uid,
                                      fmt::format("{} has the same UID, but not the same content (or none "
                                                  "that can be compared); one of them must go",
                                                  rival.path.string()));
    }
    return;
  }
  for (std::size_t i = 1; i < copies.size(); ++i) {
    copies[i]->entry.reason = "duplicate of " + first.path.string();
    copies[i]->facts.reset();
  }
}

}  // namespace

bool same_content(const std::filesystem::path& a, const std::filesystem::path& b) {
  const Scanned left = scan(a);
  const Scanned right = scan(b);
  if (!left.facts || !right.facts) return false;
  return same_bytes(*left.facts, *right.facts) || same_pixels(*left.facts, *right.facts);
}

void settle_duplicates(std::vector<Scanned>& files, Intake& intake) {
  std::map<std::string, std::vector<Scanned*>> by_uid;
  for (Scanned& file : files)
    if (file.facts && !file.facts->sop_instance_uid.empty())
      by_uid[file.facts->sop_instance_uid].push_back(&file);
  std::vector<std::vector<Scanned*>> repeated;
  for (auto& [uid, copies] : by_uid)
    if (copies.size() > 1) repeated.push_back(std::move(copies));
  tbb::parallel_for(std::size_t{0}, repeated.size(), [&](std::size_t i) { settle(repeated[i], intake); });
}

}  // namespace ledd::dicom
