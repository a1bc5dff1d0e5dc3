#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/cases/survey.h"

#include "supervisor.h"
#include "talk.h"

namespace ledd::cli {

/// Tells people and programs how a run goes on, and the journal of the process that watches it.
class Narrator {
 public:
  /// @param total  Cases of the run; `ended` of them before this process.
  Narrator(Talk& talk, const Journal& journal, bool json, std::size_t total, std::size_t ended)
      : talk_(talk), journal_(journal), json_(json), total_(total), ended_(ended) {}

  /// It must not outlive this object.
  cases::Listener listener();

 private:
  void bar(std::string_view id, std::string_view doing);
  void tell(const cases::CaseReport& report);

  Talk& talk_;
  const Journal& journal_;
  bool json_;
  std::size_t total_, ended_;
};

/// Which files were refused, and which series of the input one pipeline does not take, with reasons.
void tell_survey(Talk& talk,
                 const cases::Survey& survey,
                 const std::string& pipeline,
                 const std::vector<cases::PlannedCase>& planned);

/// What would be done, on standard output. @return the exit status.
int print_plan(const std::vector<cases::Preview>& previews, bool json);

/// The last line of a run, with the file to look at. @return its exit status.
int print_end(const cases::Summary& summary, const std::filesystem::path& page, bool json, Talk& talk);

}  // namespace ledd::cli
