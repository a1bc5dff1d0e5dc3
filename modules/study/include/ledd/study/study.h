#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/core/params.h"
#include "ledd/study/calendar.h"
#include "ledd/study/condition.h"

/// The study file as plain values; docs/study-file.md is its contract.
namespace ledd::study {

struct Site {
  std::string name;
  Conditions match;
};

struct Scanner {
  std::string name;
  std::string site;  ///< Empty, or a Site's name: where it stands.
  Conditions match;
};

struct Subjects {
  std::string map;      ///< File of header_id,subject[,site]; empty: none.
  std::string pattern;  ///< Regular expression on PatientID with one group; empty: none.
  bool refuse_unknown = true;
};

struct Visit {
  std::string name, label;
  std::optional<std::array<int, 2>> window_days;  ///< From the baseline; both belong to it.
  int target_day = 0;                             ///< Within the window.
};

struct Protocol {
  std::string name;
  std::string pipeline;             ///< A pipeline's name, or the path of a pipeline file.
  std::vector<std::string> visits;  ///< Empty: all.
  Conditions match;
  ValueMap parameters;  ///< `set` included.
  bool required = true;
  std::vector<std::string> sides;  ///< "R", "L": each is needed; empty: no matter which.
  Conditions tolerance;
  bool refuse_deviations = false;
};

/// A result that a case must have to be complete.
struct Endpoint {
  std::string pipeline, endpoint;
  std::vector<std::string> regions;  ///< Each is needed; empty: one region at least.
  std::string statistic = "value";
};

struct Study {
  std::string name, description, out, key;
  std::vector<std::string> inputs;
  std::optional<Date> as_of;  ///< The day on which visits are due or not; nullopt: today.
  Subjects subjects;
  std::string baseline_file;  ///< Of subject,date; empty: the first study of the subject is its baseline.
  std::string visits_file;    ///< Of subject,visit,date; empty: none.
  // Each sorted, so that the order in the file decides nothing: visits by window, the others by name.
  std::vector<Site> sites;
  std::vector<Scanner> scanners;
  std::vector<Visit> visits;
  std::vector<Protocol> protocols;
  std::vector<Endpoint> endpoints;
};

/// Whether a TOML text has a table `[study]`. False for what is no TOML.
bool is_study(std::string_view toml_text);

/// @param file  For messages only.
/// @throws Error{kParam}  not TOML, an unknown name (with the nearest), a value of the wrong kind or out of
///                        range, a name used twice or not defined; says file, line and column.
Study parse(std::string_view toml_text, const std::string& file);

}  // namespace ledd::study
