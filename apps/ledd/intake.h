#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledd/dicom_network/drop.h"

#include "own_program.h"
#include "talk.h"

namespace ledd::cli {

struct IntakeOptions {
  std::chrono::milliseconds idle{60000};  ///< A study is closed when nothing came for so long.
  std::optional<std::size_t> expect{};    ///< Objects that each study must have.
  bool take_incomplete = false;
  std::string pipeline{};  ///< None when empty.
  std::filesystem::path out{};
  int jobs = 1;
};

/// Closes studies of a drop folder, checks them and has a pipeline measure them, one program at a time. The
/// check and the pipeline are programs of their own: neither a bad object nor a bug ends the receiver.
class Intake {
 public:
  Intake(dicom_network::Drop& drop, IntakeOptions options, Talk& talk, bool json);

  /// Does what is to be done now, without waiting.
  void step();
  /// Ends the program under way, which can be taken up later.
  void stop();

  /// This study must have so many objects.
  void expect(const std::string& key, std::size_t objects) { expected_[key] = objects; }
  void set_idle(std::chrono::milliseconds idle) { options_.idle = idle; }

  std::size_t finished() const { return finished_; }  ///< Versions of studies that need nothing more.
  /// The last version of one of them was incomplete, or its pipeline failed.
  bool some_failed() const { return !failed_.empty(); }
  /// A study is receiving, or waits to be measured.
  bool unfinished() const;

 private:
  struct Work {
    std::string key;
    int version = 0;
    std::size_t files = 0;
    bool is_run = false;
    std::unique_ptr<OwnProgram> program;
  };
  bool waits_for_run(const dicom_network::Study& study) const;
  void begin();
  void begin_check(const std::string& key);
  void begin_run(const std::string& key);
  void end_check(const Work& work, int exit);
  void end_run(const Work& work, int exit);
  void tell(const dicom_network::Study& study, int version);

  dicom_network::Drop& drop_;
  IntakeOptions options_;
  Talk& talk_;
  bool json_;
  std::optional<Work> work_;
  std::map<std::string, std::size_t> expected_;
  std::chrono::steady_clock::time_point no_run_before_{};
  std::size_t finished_ = 0;
  std::set<std::string> failed_;
};

}  // namespace ledd::cli
