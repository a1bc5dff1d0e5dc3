#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ledd/cases/survey.h"

namespace ledd::cases {

/// The images of a series in few bytes, for the provenance: 8 hexadecimal digits of the SHA-256 of each
/// image's SOP instance UID and frame, sorted and joined. Empty for an image file.
std::string print_images(const Series& series);

/// What an output folder already holds of one series, made from other images of it.
struct Standing {
  unsigned version = 1;                 ///< 1 and upwards: the case is this version of what the series gave.
  std::vector<std::string> older;       ///< Ids of finished cases that this one takes the place of.
  std::size_t late_images = 0;          ///< As many more images than the newest of `older`.
  std::vector<std::string> superseded;  ///< Ids of cases whose place its own finished folder took before.
  std::string problem;                  ///< Why the case must not be made; empty when it may.
};

/// The finished cases of one pipeline in an output folder, by series.
///
/// Method   Images may arrive after their series was measured. A case that holds all images of a finished
///          one, and more, takes its place as the next version; the finished one moves to `superseded`. A
///          case that lacks images of a finished one is not made: it would measure less than is known.
class EarlierCases {
 public:
  /// Folders whose record cannot be read are left out: whoever wants to read them says so.
  EarlierCases(std::filesystem::path out, std::string pipeline);
  Standing standing_of(const PlannedCase& planned) const;

  /// The same after a look at what other runs finished since. It stays true only as long as the series' lock
  /// is held. Costs a listing of the folder and a record for each case that is new there.
  Standing fresh_standing_of(const PlannedCase& planned) const;

 private:
  struct Case {
    std::string id, images;
    unsigned version = 1;
    std::vector<std::string> superseded{};
  };
  void read(const std::string& folder) const;

  std::filesystem::path out_;
  std::string pipeline_;
  // What is known of the folder grows as others work in it.
  mutable std::mutex mutex_;
  mutable std::set<std::string> seen_;
  mutable std::map<std::string, std::vector<Case>> by_series_;
};

/// "Version 2: 4 images came after version 1, case 3f2a91c07d44, was measured."
std::string describe(const Standing& standing);

}  // namespace ledd::cases
