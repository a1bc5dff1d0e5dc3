#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "ledd/bone_qct/bone_qct.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "adapters.h"

namespace ledd::cases {
namespace {

constexpr const char* kName = "bone-qct";
constexpr double kFinestMm = 0.2, kCoarsestMm = 5.0;
constexpr std::size_t kFewestSlices = 10;

/// What is read from files besides the scan.
struct Files {
  std::string stored_file, phantoms_file;
  static const ParamTable<Files>& table() {
    static const auto table =
        ParamTable<Files>()
            .add(&Files::stored_file,
                 "stored_file",
                 "calibration.toml of a phantom scan with the same scanner and protocol; empty: none.")
            .add(&Files::phantoms_file,
                 "phantoms_file",
                 "TOML table of calibration phantoms of your own, added to the table that comes with Ledd; "
                 "empty: none.");
    return table;
  }
};

/// The given values, parted into those of the files and those of the pipeline.
struct Given {
  ValueMap files, pipeline;
  explicit Given(const ValueMap& all) {
    for (const auto& [name, value] : all) {
      const auto& fields = Files::table().fields();
      const bool is_file =
          std::any_of(fields.begin(), fields.end(), [&n = name](const auto& f) { return f.info.name == n; });
      (is_file ? files : pipeline)[name] = value;
    }
  }
};

/// @throws Error{kParam}  the file cannot be read, or is not what it should be.
template <class Read>
auto read(const std::string& parameter, const std::string& file, const Read& parse) {
  try {
    return parse(files::read_bytes(file));
  } catch (const Error& e) {
    throw Error(Errc::kParam, fmt::format("{} = '{}': {}", parameter, file, e.what()));
  }
}

CtProtocol protocol_of(const dicom::Stack& stack) {
  CtProtocol protocol;
  protocol.manufacturer = stack.manufacturer;
  protocol.model = stack.model;
  protocol.station = stack.station;
  protocol.device_serial = stack.device_serial;
  protocol.tube_kv = stack.kvp;
  protocol.kernel = stack.convolution_kernel;
  protocol.slice_mm = stack.slice_thickness_mm;
  protocol.date = stack.study_date;
  return protocol;
}

Match match_spacing(double x, double y, double z) {
  const auto [finest, coarsest] = std::minmax({x, y, z});
  if (coarsest > kCoarsestMm)
    return {
        false,
        fmt::format(
            "voxels of {:.3g} x {:.3g} x {:.3g} mm: {} needs at most {} mm", x, y, z, kName, kCoarsestMm)};
  if (coarsest <= kFinestMm)
    return {false, fmt::format("voxels of {:.3g} mm: for bone-hrpqct, not {}", finest, kName)};
  return {true, ""};
}

Match match_stack(const dicom::Stack& stack) {
  if (stack.modality != "CT")
    return {
        false,
        fmt::format("modality {}: {} needs CT", stack.modality.empty() ? "missing" : stack.modality, kName)};
  if (stack.localizer) return {false, "a localizer: it is not made to be measured"};
  if (!stack.rescale_type.empty() && stack.rescale_type != "HU" && stack.rescale_type != "US")
    return {false, fmt::format("RescaleType (0028,1054) is \"{}\": {} needs HU", stack.rescale_type, kName)};
  if (stack.slices.size() < kFewestSlices)
    return {false,
            fmt::format("{} slice{}: {} needs at least {}",
                        stack.slices.size(),
                        stack.slices.size() == 1 ? "" : "s",
                        kName,
                        kFewestSlices)};
  return match_spacing(stack.pixel_spacing_mm[0], stack.pixel_spacing_mm[1], stack.slice_spacing_mm);
}

/// What files say beside the scan.
struct Beside {
  std::optional<StoredCalibration> stored;
  std::vector<CalibrationPhantom> phantoms = known_phantoms();
};

Beside read_beside(const Files& files) {
  Beside beside;
  if (!files.stored_file.empty())
    beside.stored = read(
        "stored_file", files.stored_file, [](const std::string& text) { return parse_calibration(text); });
  if (!files.phantoms_file.empty())
    beside.phantoms =
        with_own(beside.phantoms, read("phantoms_file", files.phantoms_file, [](const std::string& text) {
                   return read_phantoms(text);
                 }));
  return beside;
}

BoneQct::Study study_of(const CaseInput& input, const Beside& beside) {
  BoneQct::Study study;
  study.scan = input.scan;
  study.labels = input.labels;
  study.stored = beside.stored;
  study.phantoms = beside.phantoms;
  if (input.header != nullptr) {
    study.protocol = protocol_of(*input.header);
    study.contrast_agent = input.header->contrast_agent;
  }
  return study;
}

/// The parameters in force; of a file also what it holds, so that a changed file makes a new result.
ValueMap effective_of(const BoneQct::Params& params, const Files& files) {
  ValueMap effective = BoneQct::Params::table().dump(params);
  for (const auto& [name, value] : Files::table().dump(files)) {
    effective[name] = value;
    const auto file = std::get<std::string>(value);
    if (!file.empty()) effective[name + "_sha256"] = files::sha256_of_file(file);
  }
  return effective;
}

Prepared prepare(const ValueMap& all, const std::filesystem::path& weights) {
  const Given given(all);
  const auto params = BoneQct::Params::table().parse(given.pipeline);
  const auto files = Files::table().parse(given.files);
  const auto beside = std::make_shared<const Beside>(read_beside(files));
  const auto pipeline = std::make_shared<const BoneQct>(params, learned_bytes(weights));
  return {effective_of(params, files), [pipeline, beside](const CaseInput& input, Context& context) {
            return (*pipeline)(study_of(input, *beside), context).outcome;
          }};
}

}  // namespace

Pipeline bone_qct_pipeline(const Resources& resources) {
  const auto weights = resources.share / "models" / "spine.onnx";
  Pipeline pipeline;
  pipeline.name = kName;
  pipeline.summary = "Calibrated density of vertebrae and hips on CT: vBMD, BMC, HU, category.";
  pipeline.accepts =
      "CT of the trunk or hips in HU, at least 10 slices, voxels of 0.2 to 5 mm, with or without a "
      "calibration phantom; "
      "or the scan of a phantom alone. Vertebral bodies and femora (211 right, 212 left) may be given with "
      "--labels.";
  pipeline.steps = {"spine: bodies by the network, on sagittal slices of the trunk's middle",
                    "levels: names counted up from S1, with their probability",
                    "surface: from there to the cortex, on the scan itself",
                    "hips: femora by their heads, without a network; regions",
                    "calibration: by a phantom in the scan, a stored one, the patient's tissues, or none",
                    "morphometry, deformity: heights of the bodies, grade after Genant",
                    "density: vBMD, BMC and HU of vertebrae, mean of L1 and L2 with its category",
                    "hip_density: vBMD and BMC of the femur's regions, projected areal density"};
  pipeline.parameters = parameters_of(BoneQct::Params::table());
  const auto files = parameters_of(Files::table());
  pipeline.parameters.insert(pipeline.parameters.end(), files.begin(), files.end());
  pipeline.definitions = BoneQct::definitions();
  pipeline.models = {weights};
  pipeline.match_stack = match_stack;
  pipeline.match_image = [](const itk::ImageBase<3>& image) {
    return match_spacing(image.GetSpacing()[0], image.GetSpacing()[1], image.GetSpacing()[2]);
  };
  pipeline.prepare = [weights](const ValueMap& given) { return prepare(given, weights); };
  return pipeline;
}

}  // namespace ledd::cases
