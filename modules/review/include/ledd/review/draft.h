#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "ledd/label_editing/history.h"
#include "ledd/label_editing/journal.h"

namespace ledd::review {

/// A correction that is not published yet, kept on disk while it is made:
/// `OUT/reviews/<case-id>.<reader>.draft`.
///
/// Method   A header says of which labels and which result it is; every step is added behind it
///          (label_editing::print) and synced, at once when the last sync was a second ago or more, by
///          flush() otherwise. What a crash cut off is left out when it is opened again.
class Draft {
 public:
  /// What an earlier draft holds, for the reader to take up or to give up.
  struct Found {
    std::vector<label_editing::Entry> entries;
    bool cut_off = false;   ///< Bytes at the end were no whole step.
    bool outdated = false;  ///< It belongs to another result, or other labels: it cannot be taken up.
  };
  /// Nothing when there is none. @throws Error{kPermission, kIo}
  static std::optional<Found> find(const std::filesystem::path& out,
                                   const std::string& case_id,
                                   const std::string& reader,
                                   const std::string& result_sha256,
                                   const Labels& labels);

  enum class Begin {
    kContinue,  ///< Behind what find() found; its steps are the caller's to apply first.
    kAnew,      ///< What was found is set aside under another name, never deleted.
  };
  /// @throws Error{kCancelled}  another process has this draft open.
  /// @throws Error{kCreate, kPermission, kIo}
  Draft(const std::filesystem::path& out,
        const std::string& case_id,
        const std::string& reader,
        const std::string& result_sha256,
        const Labels& labels,
        Begin begin);
  ~Draft();
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  /// @throws Error{kIo, kPermission}  it could not be kept: say so, do not go on as if it were.
  void add(const label_editing::Entry& entry);
  /// Syncs what add() has not; call it at least every few seconds.
  void flush();
  /// The correction is published: the draft goes.
  void finish();

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
  bool unsynced_ = false;
  std::chrono::steady_clock::time_point synced_;
};

/// Takes up what a draft holds. @throws Error{kInput}  the steps do not fit these labels.
void replay(const std::vector<label_editing::Entry>& entries, label_editing::History& history);

}  // namespace ledd::review
