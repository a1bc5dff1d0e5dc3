#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "header.h"
#include "pixels.h"

namespace ledd::dicom {

/// Image planes of one file, as they were indexed.
struct PlaneRequest {
  struct Plane {
    unsigned frame = 0;
    std::string sop_instance_uid;
    Point position_lps_mm{};
  };
  std::filesystem::path path;
  unsigned rows = 0, columns = 0;
  std::vector<Plane> planes;
};

/// The planes of a request, decoded.
class Planes {
 public:
  /// Reads the header once more, since the file may have changed after it was indexed, and decodes its
  /// pixels.
  /// @throws Error{kInput}  the file is not the one that was indexed, or cannot be decoded; names the file.
  explicit Planes(const PlaneRequest& request);

  /// Writes plane `i` of the request, rescaled, rows x columns values.
  /// @throws Error{kInput}  values are not finite.
  void read(std::size_t i, float* to) const;

 private:
  const PlaneRequest& request_;
  Facts facts_;
  Pixels pixels_;
};

}  // namespace ledd::dicom
