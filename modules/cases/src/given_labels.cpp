#include "given_labels.h"

#include <fmt/format.h>

#include "ledd/core/error.h"
#include "ledd/dicom_results/segmentation.h"
#include "ledd/files/files.h"

namespace ledd::cases {
namespace {

GivenLabels read_image(const LabelRequest& request, const LabelScheme& scheme) {
  require(scheme.ledd_from_segment.size() <= scheme.ledd_from_other.size(),
          Errc::kParam,
          fmt::format("--label-scheme {}: names of segments are for a DICOM SEG; {} holds numbers",
                      request.scheme,
                      request.file.string()));
  return {apply(scheme, *files::read_labels(request.file)), dicom_results::Maker::kSemiautomatic, {}};
}

GivenLabels read_object(const LabelRequest& request,
                        const LabelScheme& scheme,
                        const dicom::Stack* scan,
                        const Context& context) {
  require(
      scheme.name == "ledd" || scheme.name == "file",
      Errc::kParam,
      fmt::format("--label-scheme {} is for image files; the segments of {} say what they are, or a .toml "
                  "map does: [labels] \"their label\" = \"L1\"",
                  scheme.name,
                  request.file.string()));
  auto read = dicom_results::read_segmentation(request.file, scan, scheme.ledd_from_segment, context);
  return {read.labels, read.maker, std::move(read.notes)};
}

}  // namespace

GivenLabels read_given(const LabelRequest& request,
                       const LabelScheme& scheme,
                       const dicom::Stack* scan,
                       const Context& context) {
  return files::is_image_file(request.file) ? read_image(request, scheme)
                                            : read_object(request, scheme, scan, context);
}

std::vector<std::string> series_of_labels(const LabelRequest& request, const Context& context) {
  if (files::is_image_file(request.file)) return {};
  return dicom_results::read_segmentation_series(request.file, context);
}

}  // namespace ledd::cases
