#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "ledd/core/error.h"

#include "file_lock.h"

namespace ledd::cases {

/// Results could not be written: ends the whole run, since the next case would meet the same.
struct OutputFailure {
  Error error;
};

/// Runs `body`; whatever it throws becomes an OutputFailure.
template <class Body>
auto writing(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& e) {
    throw OutputFailure{e};
  } catch (const std::filesystem::filesystem_error& e) {
    throw OutputFailure{Error(Errc::kIo, e.what())};
  }
}

/// The code of a system call that failed on an output.
Errc code_of_output(int error_number);

/// A folder in the making: `parent/.<id>.tmp-0`, which becomes `parent/<id>` in one step or disappears. Only
/// for who has the case's lock, or the output folder for itself: what is found under that name is a dead
/// run's.
class Staging {
 public:
  /// @throws Error{kCreate, kPermission, kIo}
  Staging(const std::filesystem::path& parent, const std::string& id);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// Syncs, and takes the final name. A folder already there is given up as by retire(); with `keep_as` it is
  /// kept in `superseded` under that name. At no instant is there none under the final name, on a file system
  /// that can exchange two names.
  void publish(const std::filesystem::path& superseded, const std::string& keep_as = {});

 private:
  std::filesystem::path path_, final_;
  bool gone_ = false;
};

/// Writes a new file of a folder in the making; Staging::publish() syncs it.
/// @throws Error{kCreate, kPermission, kIo}
void write_staged(const std::string& content, const std::filesystem::path& file);

/// Removes a case folder, or moves it to `superseded` when it holds a file that Ledd did not write or that
/// was changed since: an edit is never lost.
void retire(const std::filesystem::path& folder, const std::filesystem::path& superseded);

/// Makes an output folder and tries to write in it. @throws Error{kCreate, kPermission, kIo}
void make_output(const std::filesystem::path& out);

/// Removes what runs that died left behind. Only for who has the output folder for itself.
void sweep(const std::filesystem::path& out);

/// The same for one case. Only for who has its lock.
void sweep_case(const std::filesystem::path& out, const std::string& id);

/// The right to write into an output folder beside other runs, each case under its own lock. What dead runs
/// left is swept at the start and at the end, unless others work there.
class OutputUse {
 public:
  /// Makes the folder and tries to write in it; waits while somebody has it for himself.
  /// @throws Error{kCreate, kPermission, kIo}  it cannot be written to.
  /// @throws Error{kCancelled}                 `give_up` ended the wait.
  OutputUse(std::filesystem::path out, const std::function<bool()>& give_up);
  ~OutputUse();
  OutputUse(const OutputUse&) = delete;
  OutputUse& operator=(const OutputUse&) = delete;

 private:
  std::filesystem::path out_;
  std::optional<FileLock> lock_;
};

/// The right to write into an output folder alone.
class OutputLock {
 public:
  /// Makes the folder and tries to write in it.
  /// @throws Error{kCreate, kPermission, kIo}  it cannot be written to.
  /// @throws Error{kCancelled}                 a run is working in it.
  explicit OutputLock(const std::filesystem::path& out);

 private:
  FileLock lock_;
};

/// The right to write the tables over all cases of an output folder; waits for whoever is writing them, and
/// removes what a dead run left beside them.
FileLock lock_tables(const std::filesystem::path& out);

/// The right to work on a case; nullopt while somebody else does.
std::optional<FileLock> try_lock_case(const std::filesystem::path& out, const std::string& id);

/// The right to publish cases that a pipeline makes of one series: who has it sees all that others made of
/// the series. Never waits for a case while it is held.
FileLock lock_series(const std::filesystem::path& out,
                     const std::string& pipeline,
                     const std::string& series_id);

}  // namespace ledd::cases
