#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/cases/survey.h"

#include "cli.h"

namespace spdlog {
class logger;
}

namespace ledd::cli {

/// All that a verb says to people, on standard error and in the log file. Results go to standard output.
class Talk {
 public:
  /// @throws Error{kCreate}  the log file cannot be written.
  explicit Talk(const Common& common);
  ~Talk();
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  void debug(std::string_view text);
  void info(std::string_view text);
  void warn(std::string_view text);
  void error(std::string_view text);

  /// Redraws the progress bar; does nothing unless standard error is a terminal.
  void progress(std::size_t done, std::size_t total, std::string_view doing);
  bool has_progress() const noexcept { return terminal_; }

  /// A context whose messages go here.
  Context::Sink sink();

 private:
  void clear_bar();
  std::shared_ptr<spdlog::logger> logger_;
  bool terminal_ = false;
  bool bar_drawn_ = false;
};

/// The cases that each pipeline, by name, would make of a survey; not there when it makes none.
using Plans = std::map<std::string, std::vector<cases::PlannedCase>>;

/// One line of JSON Lines each.
std::string json_line(const dicom::FileEntry& file);
std::string json_line(const cases::CaseReport& report);
std::string json_line(const cases::Preview& preview);
std::string json_line(const cases::Summary& summary);

/// The file and series lines of a survey.
void print_survey_json(const cases::Survey& survey, const Plans& plans);

/// Standard output, checked: a result that could not be printed is an error.
/// @throws Error{kIo}
void print_line(std::string_view line);

/// Header text on a terminal: control characters become blanks, so that they cannot steer it.
std::string plain(std::string_view text);

}  // namespace ledd::cli
