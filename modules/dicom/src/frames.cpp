#include "frames.h"

#include <fmt/format.h>

#include <cmath>

#include "geometry.h"

namespace ledd::dicom {
namespace {

constexpr double kCosineTolerance = 1e-3;  // cosines are decimal strings, some scanners write four digits

/// Where a macro's attributes are: in the data set itself, or in the functional group of the frame, else in
/// the shared one (PS3.3 C.7.6.16).
class Groups {
 public:
  Groups(DcmItem& whole, DcmItem* shared, DcmItem* frame) : whole_(whole), shared_(shared), frame_(frame) {}
  DcmItem* find(const DcmTagKey& macro) const {
    if (shared_ == nullptr && frame_ == nullptr) return &whole_;
    DcmItem* found = frame_ != nullptr ? first_item(*frame_, macro) : nullptr;
    return found == nullptr && shared_ != nullptr ? first_item(*shared_, macro) : found;
  }
  std::string text(const DcmTagKey& macro, const DcmTagKey& key) const {
    DcmItem* item = find(macro);
    return item == nullptr ? std::string() : text_of(*item, key);
  }
  std::vector<double> numbers(const DcmTagKey& macro, const DcmTagKey& key) const {
    DcmItem* item = find(macro);
    return item == nullptr ? std::vector<double>() : numbers_of(*item, key);
  }
  std::optional<double> number(const DcmTagKey& macro, const DcmTagKey& key) const {
    DcmItem* item = find(macro);
    return item == nullptr ? std::nullopt : number_of(*item, key);
  }
  DcmItem& whole() const { return whole_; }

 private:
  DcmItem& whole_;
  DcmItem* shared_;
  DcmItem* frame_;
};

bool all_finite(const std::vector<double>& values) {
  for (const double v : values)
    if (!std::isfinite(v)) return false;
  return true;
}

/// Makes row and column exactly orthonormal; false when they are not so to begin with.
bool orthonormalise(Point& row, Point& column) {
  const double row_length = std::sqrt(dot(row, row));
  const double column_length = std::sqrt(dot(column, column));
  if (!(std::abs(row_length - 1.0) <= kCosineTolerance)) return false;
  if (!(std::abs(column_length - 1.0) <= kCosineTolerance)) return false;
  if (!(std::abs(dot(row, column)) <= kCosineTolerance)) return false;
  for (double& v : row) v /= row_length;
  const double along = dot(row, column);
  for (unsigned a = 0; a < 3; ++a) column[a] -= along * row[a];
  const double length = std::sqrt(dot(column, column));
  for (double& v : column) v /= length;
  return true;
}

/// Numbers of geometry are decimal strings (DS). Bytes of another VR would be other numbers.
std::string wrong_vr(const Groups& groups,
                     const DcmTagKey& macro,
                     const DcmTagKey& key,
                     const std::filesystem::path& path) {
  DcmItem* item = groups.find(macro);
  DcmElement* element = nullptr;
  if (item == nullptr || item->findAndGetElement(key, element).bad() || element == nullptr) return {};
  if (element->ident() == EVR_DS) return {};
  return fmt::format("{}: {} has the value representation {}; DS is needed",
                     path.string(),
                     name_and_tag(key),
                     DcmVR(element->ident()).getVRName());
}

std::string wrong_vr(const Groups& groups, const std::filesystem::path& path) {
  std::string fault = wrong_vr(groups, DCM_PlanePositionSequence, DCM_ImagePositionPatient, path);
  if (fault.empty())
    fault = wrong_vr(groups, DCM_PlaneOrientationSequence, DCM_ImageOrientationPatient, path);
  return fault.empty() ? wrong_vr(groups, DCM_PixelMeasuresSequence, DCM_PixelSpacing, path) : fault;
}

/// The first thing wrong with the plane's geometry; empty when it is sound.
std::string read_plane(const Groups& groups, const std::filesystem::path& path, Frame& frame) {
  std::string fault = wrong_vr(groups, path);
  if (!fault.empty()) return fault;
  const auto position = groups.numbers(DCM_PlanePositionSequence, DCM_ImagePositionPatient);
  if (position.size() != 3 || !all_finite(position))
    return complaint(path,
                     DCM_ImagePositionPatient,
                     groups.text(DCM_PlanePositionSequence, DCM_ImagePositionPatient),
                     "three finite numbers in mm are needed");
  const auto cosines = groups.numbers(DCM_PlaneOrientationSequence, DCM_ImageOrientationPatient);
  const std::string cosine_text = groups.text(DCM_PlaneOrientationSequence, DCM_ImageOrientationPatient);
  if (cosines.size() != 6 || !all_finite(cosines))
    return complaint(
        path, DCM_ImageOrientationPatient, cosine_text, "six finite direction cosines are needed");
  const auto spacing = groups.numbers(DCM_PixelMeasuresSequence, DCM_PixelSpacing);
  if (spacing.size() != 2 || !all_finite(spacing) || !(spacing[0] > 0.0) || !(spacing[1] > 0.0))
    return complaint(path,
                     DCM_PixelSpacing,
                     groups.text(DCM_PixelMeasuresSequence, DCM_PixelSpacing),
                     "two finite numbers above 0 mm are needed");
  frame.position_lps_mm = {position[0], position[1], position[2]};
  frame.row_lps = {cosines[0], cosines[1], cosines[2]};
  frame.column_lps = {cosines[3], cosines[4], cosines[5]};
  // PixelSpacing is (between rows, between columns): along a column first.
  frame.pixel_spacing_mm = {spacing[1], spacing[0]};
  if (!orthonormalise(frame.row_lps, frame.column_lps))
    return complaint(path,
                     DCM_ImageOrientationPatient,
                     cosine_text,
                     "two unit vectors at a right angle are needed (to 0.001)");
  return {};
}

std::string read_rescale(const Groups& groups, const std::filesystem::path& path, Frame& frame) {
  const auto read = [&](const DcmTagKey& key, double& to) -> std::string {
    const std::string text = groups.text(DCM_PixelValueTransformationSequence, key);
    if (text.empty()) return {};
    const auto value = groups.number(DCM_PixelValueTransformationSequence, key);
    if (!value || (key == DCM_RescaleSlope && *value == 0.0))
      return complaint(path, key, text, "a finite number, for a slope other than 0, is needed");
    to = *value;
    return {};
  };
  std::string fault = read(DCM_RescaleSlope, frame.rescale_slope);
  return fault.empty() ? read(DCM_RescaleIntercept, frame.rescale_intercept) : fault;
}

bool lacks_all_geometry(const Groups& groups) {
  return groups.text(DCM_PlanePositionSequence, DCM_ImagePositionPatient).empty() &&
         groups.text(DCM_PlaneOrientationSequence, DCM_ImageOrientationPatient).empty();
}

std::string rounded(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value) : "";
}

void read_classic_keys(DcmItem& item, Frame& frame) {
  frame.contrast = fmt::format("echo {} {} type {}",
                               text_of(item, DCM_EchoNumbers),
                               rounded(number_of(item, DCM_EchoTime)),
                               text_of(item, DCM_ImageType));
  frame.repeats = {{"temporal position", text_of(item, DCM_TemporalPositionIdentifier)},
                   {"b-value", text_of(item, DCM_DiffusionBValue)},
                   {"gradient", text_of(item, DCM_DiffusionGradientOrientation)},
                   {"trigger time", text_of(item, DCM_TriggerTime)},
                   {"inversion time", text_of(item, DCM_InversionTime)},
                   {"flip angle", text_of(item, DCM_FlipAngle)},
                   {"repetition time", text_of(item, DCM_RepetitionTime)},
                   {"kVp", text_of(item, DCM_KVP)},
                   {"acquisition", text_of(item, DCM_AcquisitionNumber)}};
}

void read_enhanced_keys(const Groups& groups, bool ct, Frame& frame) {
  const DcmTagKey type_macro = ct ? DCM_CTImageFrameTypeSequence : DCM_MRImageFrameTypeSequence;
  frame.contrast = fmt::format("echo {} type {} {} stack {}",
                               rounded(groups.number(DCM_MREchoSequence, DCM_EffectiveEchoTime)),
                               groups.text(type_macro, DCM_FrameType),
                               groups.text(type_macro, DCM_ComplexImageComponent),
                               groups.text(DCM_FrameContentSequence, DCM_StackID));
  frame.type = split(groups.text(type_macro, DCM_FrameType));
  std::string gradient;
  if (DcmItem* diffusion = groups.find(DCM_MRDiffusionSequence))
    if (DcmItem* direction = first_item(*diffusion, DCM_DiffusionGradientDirectionSequence))
      gradient = text_of(*direction, DCM_DiffusionGradientOrientation);
  const auto timing = DCM_MRTimingAndRelatedParametersSequence;
  frame.repeats = {
      {"temporal position", groups.text(DCM_FrameContentSequence, DCM_TemporalPositionIndex)},
      {"b-value", groups.text(DCM_MRDiffusionSequence, DCM_DiffusionBValue)},
      {"gradient", gradient},
      {"trigger time", groups.text(DCM_CardiacSynchronizationSequence, DCM_NominalCardiacTriggerDelayTime)},
      {"inversion time", groups.text(DCM_MRModifierSequence, DCM_InversionTimes)},
      {"flip angle", groups.text(timing, DCM_FlipAngle)},
      {"repetition time", groups.text(timing, DCM_RepetitionTime)},
      {"kVp", groups.text(DCM_CTXRayDetailsSequence, DCM_KVP)},
      {"acquisition", groups.text(DCM_FrameContentSequence, DCM_FrameAcquisitionNumber)}};
}

/// Enhanced objects keep these in functional groups; the first frame speaks for the file, except the echo
/// time, which the stack's key holds constant.
void fill_common(const Groups& groups, Stack& common) {
  const auto timing = DCM_MRTimingAndRelatedParametersSequence;
  common.repetition_time_ms = groups.number(timing, DCM_RepetitionTime);
  common.flip_angle_deg = groups.number(timing, DCM_FlipAngle);
  common.echo_time_ms = groups.number(DCM_MREchoSequence, DCM_EffectiveEchoTime);
  common.inversion_time_ms = groups.number(DCM_MRModifierSequence, DCM_InversionTimes);
  common.kvp = groups.number(DCM_CTXRayDetailsSequence, DCM_KVP);
  common.convolution_kernel = groups.text(DCM_CTReconstructionSequence, DCM_ConvolutionKernel);
  common.laterality = groups.text(DCM_FrameAnatomySequence, DCM_FrameLaterality);
  common.scanning_sequence = text_of(groups.whole(), DCM_EchoPulseSequence);
  common.sequence_name = text_of(groups.whole(), DCM_PulseSequenceName);
  common.scan_options = groups.text(DCM_MRModifierSequence, DCM_SpectrallySelectedSuppression);
}

/// Reads one frame. False when the file has a defect, which is then set.
bool add_frame(const Groups& groups, bool enhanced, Facts& facts) {
  Frame frame;
  facts.defect = read_plane(groups, facts.path, frame);
  if (facts.defect.empty()) facts.defect = read_rescale(groups, facts.path, frame);
  if (!facts.defect.empty()) return false;
  if (enhanced)
    read_enhanced_keys(groups, facts.common.modality == "CT", frame);
  else
    read_classic_keys(groups.whole(), frame);
  frame.echo_time_ms = enhanced ? groups.number(DCM_MREchoSequence, DCM_EffectiveEchoTime)
                                : number_of(groups.whole(), DCM_EchoTime);
  facts.frames.push_back(std::move(frame));
  return true;
}

void read_enhanced(DcmDataset& dataset, Facts& facts) {
  DcmItem* shared = first_item(dataset, DCM_SharedFunctionalGroupsSequence);
  DcmSequenceOfItems* per_frame = nullptr;
  dataset.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, per_frame);
  const unsigned long count = per_frame == nullptr ? 0 : per_frame->card();
  if (count != facts.pixels.frames) {
    facts.defect =
        complaint(facts.path,
                  DCM_PerFrameFunctionalGroupsSequence,
                  fmt::format("{} items", count),
                  fmt::format("one item for each of the {} frames is needed", facts.pixels.frames));
    return;
  }
  for (DcmObject* next = per_frame->nextInContainer(nullptr); next != nullptr;
       next = per_frame->nextInContainer(next)) {
    const Groups groups(dataset, shared, dynamic_cast<DcmItem*>(next));
    if (facts.frames.empty()) {
      if (lacks_all_geometry(groups)) {
        facts.without_geometry = true;
        return;
      }
      fill_common(groups, facts.common);
    }
    if (!add_frame(groups, true, facts)) {
      facts.defect += fmt::format(" (frame {})", facts.frames.size() + 1);
      facts.frames.clear();
      return;
    }
  }
}

}  // namespace

void read_frames(DcmDataset& dataset, bool enhanced, Facts& facts) {
  if (enhanced) {
    read_enhanced(dataset, facts);
    return;
  }
  const Groups groups(dataset, nullptr, nullptr);
  if (lacks_all_geometry(groups))
    facts.without_geometry = true;
  else
    add_frame(groups, false, facts);
}

}  // namespace ledd::dicom
