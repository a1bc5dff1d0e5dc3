#include "ledd/dicom_results/handlers.h"

#include "requests.h"

namespace ledd::dicom_results {
namespace {

using isolation::Reply;

dicom::Stack stack_of(const Ground& ground) {
  dicom::Stack stack;
  stack.series_uid = ground.series_uid;
  stack.frame_of_reference_uid = ground.frame_of_reference_uid;
  stack.columns = ground.columns;
  stack.rows = ground.rows;
  stack.pixel_spacing_mm = ground.pixel_spacing_mm;
  stack.slice_spacing_mm = ground.slice_spacing_mm;
  stack.row_lps = ground.row_lps;
  stack.column_lps = ground.column_lps;
  stack.normal_lps = ground.normal_lps;
  for (const Ground::Image& image : ground.images) {
    dicom::Slice slice;
    slice.sop_instance_uid = image.sop_instance_uid;
    slice.frame = image.frame;
    slice.position_lps_mm = image.position_lps_mm;
    stack.slices.push_back(std::move(slice));
  }
  return stack;
}

SegmentationAnswer answer_of(ReadSegmentation read) {
  SegmentationAnswer answer;
  answer.maker = static_cast<std::uint8_t>(read.maker);
  answer.sop_instance_uid = std::move(read.sop_instance_uid);
  answer.frame_of_reference_uid = std::move(read.frame_of_reference_uid);
  answer.segments = std::move(read.segments);
  answer.notes = std::move(read.notes);
  const Labels& labels = *read.labels;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  for (unsigned a = 0; a < 3; ++a) {
    answer.size.at(a) = size[a];
    answer.spacing_mm.at(a) = labels.GetSpacing()[a];
    answer.origin_lps_mm.at(a) = labels.GetOrigin()[a];
    for (unsigned b = 0; b < 3; ++b) answer.direction.at(3 * a + b) = labels.GetDirection()(a, b);
  }
  answer.voxels.assign(reinterpret_cast<const char*>(labels.GetBufferPointer()),
                       size[0] * size[1] * size[2] * sizeof(Labels::PixelType));
  return answer;
}

void answer_segmentation(std::string_view bytes, Reply& reply) {
  SegmentationRequest request;
  isolation::unpack(bytes, request);
  const dicom::Stack stack = stack_of(request.ground);
  const SegmentIds ids(request.ids.begin(), request.ids.end());
  const auto strangers = request.keep_strangers ? Strangers::kKeep : Strangers::kRefuse;
  reply.send(isolation::packed(
      answer_of(parse_segmentation(request.path, request.has_ground ? &stack : nullptr, ids, strangers))));
}

void answer_series(std::string_view bytes, Reply& reply) {
  std::filesystem::path path;
  isolation::unpack(bytes, path);
  reply.send(isolation::packed(parse_segmentation_series(path)));
}

void answer_report(std::string_view bytes, Reply& reply) {
  std::filesystem::path path;
  isolation::unpack(bytes, path);
  reply.send(isolation::packed(parse_measurement_report(path)));
}

}  // namespace

isolation::Handlers handlers() {
  return {{kSegmentationRequest, answer_segmentation},
          {kSeriesRequest, answer_series},
          {kReportRequest, answer_report}};
}

}  // namespace ledd::dicom_results
