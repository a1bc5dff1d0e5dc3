#include <fmt/format.h>

#include <map>
#include <utility>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/dicom_results/segmentation.h"

#include "frame_places.h"
#include "segment_ids.h"
#include "segmentation_file.h"

namespace ledd::dicom_results {
namespace {

using Ids = std::map<unsigned, std::uint16_t>;

/// Writes labels and counts the voxels that two structures claim.
class Painter {
 public:
  explicit Painter(Labels& labels) : voxels_(labels.GetBufferPointer()) {}

  void set(std::ptrdiff_t voxel, std::uint16_t id) {
    std::uint16_t& held = voxels_[voxel];
    if (held != 0 && held != id) ++shared_[{held, id}];
    held = id;
  }

  void require_no_overlap(const SegmentationFile& file) const {
    if (shared_.empty()) return;
    const auto& [pair, count] = *shared_.begin();
    throw Error(Errc::kInput,
                fmt::format("{}: {} and {} share {} voxels; a label map holds one structure for each voxel",
                            file.path.string(),
                            anatomy::short_name(pair.first),
                            anatomy::short_name(pair.second),
                            count));
  }

 private:
  std::uint16_t* voxels_;
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::size_t> shared_;
};

[[noreturn]] void refuse_segment(const SegmentationFile& file, std::size_t frame, unsigned number) {
  throw Error(
      Errc::kFormat,
      fmt::format(
          "{}: frame {} is of segment {}, which is not described", file.path.string(), frame + 1, number));
}

/// The id that a stored number of a frame means.
std::uint16_t id_of(const SegmentationFile& file, const Ids& ids, std::size_t frame, unsigned stored) {
  const bool empty = file.label_map ? stored == file.background : stored == 0;
  if (empty) return 0;
  const unsigned number = file.label_map ? stored : file.frames[frame].segment;
  const auto found = ids.find(number);
  if (found != ids.end()) return found->second;
  if (file.label_map && number == 0) return 0;
  refuse_segment(file, frame, number);
}

void paint(
    const SegmentationFile& file, const Ids& ids, std::size_t frame, const Place& to, Painter& painter) {
  std::size_t pixel = frame * file.rows * file.columns;
  for (unsigned row = 0; row < file.rows; ++row)
    for (unsigned column = 0; column < file.columns; ++column, ++pixel) {
      const unsigned stored = file.stored(pixel);
      if (stored == 0 && !file.label_map) continue;  // most pixels of most frames
      const std::uint16_t id = id_of(file, ids, frame, stored);
      if (id != 0)
        painter.set(to.first + static_cast<std::ptrdiff_t>(column) * to.per_column +
                        static_cast<std::ptrdiff_t>(row) * to.per_row,
                    id);
    }
}

Maker maker_of(const SegmentationFile& file) {
  const std::string& first = file.segments.front().algorithm_type;
  for (const SegmentHeader& segment : file.segments)
    if (segment.algorithm_type != first) return Maker::kSemiautomatic;
  if (first == "AUTOMATIC") return Maker::kAutomatic;
  return first == "MANUAL" ? Maker::kManual : Maker::kSemiautomatic;
}

}  // namespace

ReadSegmentation parse_segmentation(const std::filesystem::path& path,
                                    const dicom::Stack* onto,
                                    const SegmentIds& ids,
                                    Strangers strangers) {
  const SegmentationFile file = read_segmentation_file(path);
  ReadSegmentation result;
  const Ids found = recognise(file, onto, {ids, strangers}, result.notes);
  result.labels = empty_labels(file, onto);
  const std::vector<Place> places = place_frames(file, onto, *result.labels);
  Painter painter(*result.labels);
  for (std::size_t f = 0; f < places.size(); ++f) paint(file, found, f, places[f], painter);
  painter.require_no_overlap(file);
  result.maker = maker_of(file);
  result.sop_instance_uid = file.sop_instance_uid;
  result.frame_of_reference_uid = file.frame_of_reference_uid;
  for (const SegmentHeader& s : file.segments)
    result.segments.push_back({s.number, found.at(s.number), s.label, s.tracking_id, s.tracking_uid, s.rgb});
  return result;
}

std::vector<std::string> parse_segmentation_series(const std::filesystem::path& path) {
  return read_segmentation_file(path).series_uids;
}

}  // namespace ledd::dicom_results
