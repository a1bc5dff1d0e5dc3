#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/dicom/dicom.h"
#include "ledd/dicom_results/origin.h"
#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"

#include "dicom_writer.h"

namespace ledd::testing {

/// Kinds of source that differ in what results must say of them.
enum class SourceKind { kMr, kOblique, kEnhanced, kCt };
inline constexpr std::array<SourceKind, 4> kSourceKinds{
    SourceKind::kMr, SourceKind::kOblique, SourceKind::kEnhanced, SourceKind::kCt};
std::string name_of(SourceKind kind);

/// A series on the disk of this test, and what Ledd reads of it.
class Made {
 public:
  explicit Made(SourceKind kind = SourceKind::kOblique);
  const dicom::Stack& stack() const { return index_.stacks.at(0); }
  std::filesystem::path operator/(const std::string& name) const { return results_ / name; }
  const Folder& results() const { return results_; }
  /// Writes a result and names it.
  std::filesystem::path save(const std::string& bytes, const std::string& name = "result.dcm") const;
  dicom_results::Origin origin() const {
    return {.source = &stack(), .pipeline = "spine-mri", .version = "0.1.0", .parameters = "a=1;b=2"};
  }

 private:
  Folder series_, results_;
  dicom::Index index_;
};

/// L1, L1/L2, the canal and the medial tibial cartilage: none in the first slice, only the canal in the last,
/// and one of them in slices that are no neighbours.
Labels::Pointer painted(const dicom::Stack& stack);
/// T2-like values with gaps.
Volume::Pointer mapped(const dicom::Stack& stack);

/// Rows of every quality and of awkward numbers and texts.
std::vector<Measurement> rows();
std::vector<EndpointDefinition> definitions();

/// Standard output and error of a command, and its exit status (-1 when it cannot be run).
struct Said {
  int status = -1;
  std::string text;
};
Said run(const std::string& command);
bool has_program(const std::string& name);
std::vector<std::string> lines_of(const std::string& text);

}  // namespace ledd::testing
