#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/survey.h"

#include "finished_record.h"

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
///
/// What decides a case is read from the folders of its series under the series' lock, never from what was
/// seen before: fresh_standing_of(). What is known without a lock only spares work, since a plan that others
/// overtake is found out there. Which folders are of a series, only their records tell, and there may be
/// many: so they are read once, or taken from a PlanCache under the stamp of each record, and later only
/// those that a listing of the folder shows to be new, or replaced (a case is published as a whole: another
/// inode under the same name), and those of the series itself. Opening the folder to list it makes a network
/// file system ask its server; what it says of other machines' folders is as old as its lock is young, since
/// a lock goes to the server too.
class EarlierCases {
 public:
  /// Folders whose record cannot be read are left out: whoever wants to read them says so.
  EarlierCases(std::filesystem::path out, std::string pipeline, PlanCache* known = nullptr);
  Standing standing_of(const PlannedCase& planned) const;

  /// The same after a look at what other runs finished since. It stays true only as long as the series' lock
  /// is held. Costs a listing of the folder and a record for each case that is new there, or of the series.
  Standing fresh_standing_of(const PlannedCase& planned) const;

 private:
  using Cases = std::map<std::string, FinishedRecord>;  ///< By the name of their folder.

  void add(const std::string& name, std::optional<FinishedRecord> record) const;
  void forget(const std::string& name) const;
  std::optional<FinishedRecord> read(const std::string& name) const;
  void look_again(const PlannedCase& planned) const;

  std::filesystem::path out_;
  std::string pipeline_;
  PlanCache* known_;
  // What is known of the folder grows as others work in it.
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::uint64_t> seen_;     ///< Inodes of folders, by name.
  mutable std::map<std::string, std::string> series_of_;  ///< Of the folders in `by_series_`.
  mutable std::map<std::string, Cases> by_series_;
};

/// "Version 2: 4 images came after version 1, case 3f2a91c07d44, was measured."
std::string describe(const Standing& standing);

}  // namespace ledd::cases
