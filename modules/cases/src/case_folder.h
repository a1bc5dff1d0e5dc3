#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "ledd/core/error.h"

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

/// A folder in the making: `parent/.<id>.tmp-<pid>`, which becomes `parent/<id>` in one step or disappears.
class Staging {
 public:
  /// @throws Error{kCreate, kPermission, kIo}
  Staging(const std::filesystem::path& parent, const std::string& id);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// Syncs, and takes the final name. A folder already there is given up as by retire().
  void publish(const std::filesystem::path& superseded);

 private:
  std::filesystem::path path_, final_;
  bool gone_ = false;
};

/// Removes a case folder, or moves it to `superseded` when it holds a file that Ledd did not write or that
/// was changed since: an edit is never lost.
void retire(const std::filesystem::path& folder, const std::filesystem::path& superseded);

/// Removes what runs that died left behind. Only for the one run that holds the lock on `out`.
void sweep(const std::filesystem::path& out);

/// The right to write into an output folder: one run at a time, given back by the system if the run dies.
class OutputLock {
 public:
  /// Makes the folder and tries to write in it.
  /// @throws Error{kCreate, kPermission, kIo}  it cannot be written to.
  /// @throws Error{kCancelled}                 another run has it.
  explicit OutputLock(const std::filesystem::path& out);
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace ledd::cases
