#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledd/study/study.h"

namespace ledd::study {

struct Enrolled {
  std::string subject;
  std::string site;  ///< Empty: not stated.
};

/// What the files beside a study file say.
struct Lists {
  std::map<std::string, Enrolled, std::less<>> subjects;   ///< By header_id, PatientID as it stands.
  std::map<std::string, Date, std::less<>> baselines;      ///< By subject.
  std::map<std::pair<std::string, Date>, std::string> on;  ///< By subject and date; "": the day is no visit.
  std::map<std::pair<std::string, std::string>, std::optional<Date>> dates;  ///< By subject and visit.
};

// Tables of RFC 4180 with a heading of the column names, in any order. @throws Error{kParam}  a column is
// missing or unknown, a row has too few cells, a name or date is none or stated twice; says file and line.

/// Columns header_id, subject and, maybe, site.
void read_subjects(std::string_view csv, const std::string& file, const Study& study, Lists& lists);
/// Columns subject, date.
void read_baselines(std::string_view csv, const std::string& file, Lists& lists);
/// Columns subject, visit, date. An empty date: not planned yet; an empty visit: the day is no visit.
void read_visits(std::string_view csv, const std::string& file, const Study& study, Lists& lists);

/// The visit that a day is.
struct VisitFound {
  std::vector<std::string> visits;  ///< One when all is well; several: windows overlap; none: see `why`.
  std::string why;                  ///< Why it is not exactly one; empty when it is.
};
/// @param date, baseline  Of the subject, where they are known.
VisitFound visit_on(const Study& study,
                    const Lists& lists,
                    const std::string& subject,
                    std::optional<Date> date,
                    std::optional<Date> baseline);

/// The last day on which a visit may still come; nullopt: not known.
std::optional<Date> due(const Lists& lists,
                        const std::string& subject,
                        const Visit& visit,
                        std::optional<Date> baseline);

}  // namespace ledd::study
