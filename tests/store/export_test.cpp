#include "ledd/store/export.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <regex>
#include <set>

#include "ledd/core/error.h"

#include "read_csv.h"
#include "sample.h"

namespace ledd::store {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

Rows file(const std::vector<TableFile>& files, const std::string& name) {
  for (const TableFile& one : files)
    if (one.name == name) return read_csv(one.bytes);
  ADD_FAILURE() << "no file " << name;
  return {{}};
}

/// The cell of a row under a title.
std::string cell(const Rows& rows, std::size_t row, const std::string& title) {
  const auto at = std::find(rows[0].begin(), rows[0].end(), title);
  EXPECT_NE(at, rows[0].end()) << title;
  return at == rows[0].end() ? "" : rows.at(row).at(static_cast<std::size_t>(at - rows[0].begin()));
}

void expect_error(Errc code, const std::string& words, const std::function<void()>& body) {
  try {
    body();
    ADD_FAILURE() << "accepted; expected: " << words;
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code);
    EXPECT_THAT(e.what(), HasSubstr(words));
  }
}

EndpointDefinition thickness() {
  return {"ThC", "Cartilage thickness", "mm", "distance/1", "Mean distance.", "Eckstein 2006", "1 %"};
}

Measurement of_side(Measurement m, const std::string& side) {
  m.side = side;
  return m;
}

/// One knee, or two.
CaseEndpoints knee(const std::string& id, const std::string& date, const std::vector<std::string>& sides) {
  CaseEndpoints c = sample(id);
  c.info.pipeline = "knee-mri";
  c.info.study_date = date;
  c.definitions = {thickness()};
  c.measurements.clear();
  double value = 2.0;
  for (const std::string& side : sides) {
    c.measurements.push_back(of_side(measured("FC", thickness(), value), side));
    c.measurements.push_back(of_side(failed("MT", thickness(), "not in view"), side));
    value += 0.5;
  }
  return c;
}

TEST(Select, KeepsThePipelinesEndpointsAndStatisticsAskedFor) {
  CaseEndpoints spine = sample("a");
  spine.measurements.push_back(measured("L1", height(), 0.5));
  spine.measurements.back().statistic = "se";
  const auto some =
      select({spine, knee("b", "2024-01-01", {"R"})}, {{"spine-mri"}, {"Ha"}, {"se"}}, Unwanted::kDropped);
  ASSERT_THAT(some, SizeIs(1));
  ASSERT_THAT(some[0].measurements, SizeIs(1));
  EXPECT_EQ(some[0].measurements[0].statistic, "se");
  EXPECT_THAT(some[0].definitions, SizeIs(1));
}

TEST(Select, NamesWhatNobodyHas) {
  expect_error(Errc::kParam, "did you mean 'spine-mri'", [] {
    select({sample("a")}, {{"spine_mri"}, {}, {}}, Unwanted::kDropped);
  });
  expect_error(Errc::kParam, "did you mean 'Ha'", [] {
    select({sample("a")}, {{}, {"ha"}, {}}, Unwanted::kDropped);
  });
  expect_error(Errc::kParam, "statistic", [] {
    select({sample("a")}, {{}, {}, {"mean"}}, Unwanted::kDropped);
  });
}

TEST(Select, AnUnwantedQualityIsDroppedOrEmptiedWithItsReason) {
  const Selection good{{}, {}, {}, Selection::Quality::kGood};
  const Selection values{{}, {}, {}, Selection::Quality::kUncertain};
  EXPECT_THAT(select({sample("a")}, good, Unwanted::kDropped)[0].measurements, SizeIs(1));
  EXPECT_THAT(select({sample("a")}, values, Unwanted::kDropped)[0].measurements, SizeIs(2));
  EXPECT_THAT(select({sample("a")}, {}, Unwanted::kDropped)[0].measurements, SizeIs(3));
  const auto emptied = select({sample("a")}, good, Unwanted::kEmptied)[0].measurements;
  ASSERT_THAT(emptied, SizeIs(3));
  EXPECT_FALSE(emptied[1].value);
  EXPECT_EQ(emptied[1].reason, "left out as uncertain: the upper endplate is faint");
  EXPECT_EQ(emptied[2].reason, "not in view");
}

TEST(Wide, HasARowPerCaseAndAColumnPerKindOfRow) {
  const auto files = wide_files({knee("b", "2024-01-01", {"R", "L"}), sample("a")});
  const Rows wide = file(files, "wide.csv");
  EXPECT_THAT(wide[0],
              ElementsAre("case_id",
                          "subject",
                          "session",
                          "study_date",
                          "site",
                          "scanner",
                          "pipeline",
                          "version",
                          "Ha_L1_value",
                          "Ha_L2_value",
                          "Ha_L3_value",
                          "ThC_FC_R_value",
                          "ThC_MT_R_value",
                          "ThC_FC_L_value",
                          "ThC_MT_L_value",
                          "reviewed",
                          "reader",
                          "decision"));
  ASSERT_THAT(wide, SizeIs(3));
  EXPECT_EQ(cell(wide, 1, "case_id"), "a");
  EXPECT_EQ(cell(wide, 1, "Ha_L2_value"), "0.30000000000000004") << "every digit";
  EXPECT_EQ(cell(wide, 1, "ThC_FC_R_value"), "");
  EXPECT_EQ(cell(wide, 2, "ThC_FC_L_value"), "2.5");
  EXPECT_EQ(cell(wide, 2, "ThC_MT_L_value"), "");
}

TEST(Wide, AMissingValueIsAnEmptyCellWhoseReasonStandsBeside) {
  const auto files = wide_files({sample("a")});
  EXPECT_THAT(
      file(files, "missing.csv"),
      ElementsAre(
          ElementsAre("case_id",
                      "subject",
                      "session",
                      "column",
                      "side",
                      "region",
                      "endpoint",
                      "statistic",
                      "unit",
                      "reason"),
          ElementsAre("a", "S-001", "m00", "Ha_L3_value", "", "L3", "Ha", "value", "mm", "not in view")));
  EXPECT_THAT(file(files, "uncertain.csv")[1], Contains("the upper endplate is faint"));
  const Rows columns = file(files, "columns.csv");
  EXPECT_THAT(columns[1],
              ElementsAre("Ha_L1_value", "Ha", "L1", "", "value", "mm", height().title, "six-point/1"));
}

TEST(Wide, RegionsWithSignsGiveNamesThatEveryProgramReads) {
  CaseEndpoints c = sample("a");
  c.measurements = {measured("L1/L2", height(), 1.0), measured("L1-S1", height(), 2.0)};
  const Rows wide = file(wide_files({c}), "wide.csv");
  EXPECT_EQ(cell(wide, 1, "Ha_L1_L2_value"), "1");
  EXPECT_EQ(cell(wide, 1, "Ha_L1_S1_value"), "2");
}

TEST(Wide, TwoRowsOfOneNameAreRefusedInsteadOfOverwritten) {
  CaseEndpoints twice = sample("a");
  twice.measurements.push_back(measured("L1", height(), 7.0));
  expect_error(Errc::kInput, "two rows for one cell: Ha of L1", [&] { wide_files({twice}); });
  CaseEndpoints alike = sample("a");
  alike.measurements = {measured("L1/L2", height(), 1.0), measured("L1-L2", height(), 2.0)};
  expect_error(Errc::kInput, "Ha_L1_L2_value would hold both", [&] { wide_files({alike}); });
}

TEST(Wide, TwoUnitsInOneColumnAreRefused) {
  CaseEndpoints other = sample("b");
  for (Measurement& m : other.measurements) m.unit = "cm";
  expect_error(Errc::kInput, "the unit 'mm' in one case and 'cm' in another", [&] {
    wide_files({sample("a"), other});
  });
}

RedcapOptions repeating() {
  RedcapOptions options;
  options.repeat_instrument = true;
  return options;
}

const std::regex kVariable("[a-z][a-z0-9_]{0,25}");

/// What REDCap checks when it takes a dictionary and an import in.
void expect_valid(const std::vector<TableFile>& files) {
  const Rows dictionary = file(files, "redcap_data_dictionary.csv");
  ASSERT_THAT(dictionary[0], SizeIs(18));
  EXPECT_EQ(dictionary[1][0], "record_id");
  std::set<std::string> variables;
  std::set<std::string> numeric;
  std::set<std::string> forms;
  for (std::size_t n = 1; n < dictionary.size(); ++n) {
    const auto& row = dictionary[n];
    ASSERT_THAT(row, SizeIs(18));
    EXPECT_TRUE(std::regex_match(row[0], kVariable)) << row[0];
    EXPECT_THAT(row[0], Not(HasSubstr("__")));
    EXPECT_FALSE(row[0].ends_with('_')) << row[0];
    EXPECT_TRUE(variables.insert(row[0]).second) << row[0] << " twice";
    EXPECT_TRUE(std::regex_match(row[1], std::regex("[a-z][a-z0-9_]*"))) << row[1];
    forms.insert(row[1]);
    EXPECT_FALSE(row[4].empty()) << row[0] << " has no label";
    EXPECT_THAT((std::set<std::string>{"text", "notes", "radio"}), Contains(row[3]));
    if (row[7] == "number") numeric.insert(row[0]);
  }
  for (const std::string& form : forms) EXPECT_FALSE(variables.contains(form + "_complete"));
  const std::regex number("[-+]?[0-9]*\\.?[0-9]+");
  for (const TableFile& one : files) {
    if (!one.name.starts_with("import_")) continue;
    const Rows rows = read_csv(one.bytes);
    EXPECT_EQ(rows[0][0], "record_id");
    for (std::size_t n = 0; n < rows[0].size(); ++n) {
      const std::string& title = rows[0][n];
      const bool known = variables.contains(title) || title.starts_with("redcap_") ||
                         forms.contains(title.substr(0, title.rfind("_complete")));
      EXPECT_TRUE(known) << title;
      for (const auto& row : rows)
        EXPECT_THAT((std::set<std::string>{"nan", "NaN", "inf"}), Not(Contains(row[n])));
      for (std::size_t r = 1; r < rows.size(); ++r)
        if (numeric.contains(title) && !rows[r][n].empty()) {
          EXPECT_TRUE(std::regex_match(rows[r][n], number)) << rows[r][n];
        }
    }
  }
}

TEST(Wide, EndsWithWhatReadersDecided) {
  CaseEndpoints read = sample("a");
  read.info.review = {"2026-05-31T08:00:00.000Z", "anna", "accepted"};
  const Rows wide = file(wide_files({read, sample("b")}), "wide.csv");
  EXPECT_EQ(wide[1].back(), "accepted");
  EXPECT_EQ(cell(wide, 1, "reader"), "anna");
  EXPECT_EQ(wide[2].back(), "");
  CaseEndpoints named = sample("a");
  named.definitions[0].key = "reader";
  named.measurements = {measured("", named.definitions[0], 1.0)};
  named.measurements[0].statistic = "";
  expect_error(Errc::kInput, "as a column of the case is", [&] { wide_files({named}); });
}

TEST(Redcap, HasWhatReadersDecidedAtTheEndOfEachForm) {
  CaseEndpoints read = sample("a");
  read.info.review = {"2026-05-31T08:00:00.000Z", "anna", "accepted"};
  const auto files = redcap_files({read}, {});
  expect_valid(files);
  const Rows rows = file(files, "import_spine_mri.csv");
  EXPECT_EQ(cell(rows, 1, "spine_mri_reviewed"), "2026-05-31T08:00:00.000Z");
  EXPECT_EQ(cell(rows, 1, "spine_mri_reader"), "anna");
  EXPECT_EQ(rows[0].back(), "spine_mri_decision");
  EXPECT_EQ(rows[1].back(), "accepted");
}

TEST(Redcap, WithoutRepeatsTheSideIsPartOfTheName) {
  const auto files = redcap_files({knee("b", "2024-01-01", {"R", "L"}), sample("a")}, {});
  expect_valid(files);
  const Rows knees = file(files, "import_knee_mri.csv");
  EXPECT_EQ(cell(knees, 1, "record_id"), "S-001");
  EXPECT_EQ(cell(knees, 1, "km_thc_fc_r"), "2");
  EXPECT_EQ(cell(knees, 1, "km_thc_fc_l"), "2.5");
  EXPECT_EQ(cell(knees, 1, "km_thc_mt_r"), "") << "missing stays blank";
  EXPECT_EQ(cell(knees, 1, "knee_mri_missing"), "km_thc_mt_r: not in view\nkm_thc_mt_l: not in view");
  EXPECT_EQ(cell(knees, 1, "knee_mri_complete"), "1") << "a reader is asked for";
  const Rows spines = file(files, "import_spine_mri.csv");
  EXPECT_EQ(cell(spines, 1, "sm_ha_l1"), "25.375");
  EXPECT_EQ(cell(spines, 1, "spine_mri_uncertain"), "sm_ha_l2: the upper endplate is faint");
}

TEST(Redcap, WithRepeatsEverySideIsAnInstance) {
  const auto files = redcap_files(
      {knee("c", "2024-06-01", {"L"}), knee("b", "2024-01-01", {"R", "L"}), knee("d", "2023-01-01", {"R"})},
      repeating());
  expect_valid(files);
  const Rows knees = file(files, "import_knee_mri.csv");
  ASSERT_THAT(knees, SizeIs(5));
  std::vector<std::string> found;
  for (std::size_t n = 1; n < knees.size(); ++n)
    found.push_back(cell(knees, n, "redcap_repeat_instrument") + " " +
                    cell(knees, n, "redcap_repeat_instance") + " " + cell(knees, n, "knee_mri_case") +
                    cell(knees, n, "knee_mri_side") + " " + cell(knees, n, "km_thc_fc"));
  EXPECT_THAT(found,
              ElementsAre("knee_mri 1 dR 2", "knee_mri 2 bL 2.5", "knee_mri 3 bR 2", "knee_mri 4 cL 2"));
}

TEST(Redcap, RowsWithoutASideGoWithTheOnlyOneOrApart) {
  CaseEndpoints one = knee("b", "2024-01-01", {"R"});
  one.measurements.push_back(measured("JS", thickness(), 9.0));
  EXPECT_THAT(file(redcap_files({one}, repeating()), "import_knee_mri.csv"), SizeIs(2));
  CaseEndpoints two = knee("b", "2024-01-01", {"R", "L"});
  two.measurements.push_back(measured("JS", thickness(), 9.0));
  const Rows rows = file(redcap_files({two}, repeating()), "import_knee_mri.csv");
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_EQ(cell(rows, 1, "knee_mri_side"), "");
  EXPECT_EQ(cell(rows, 1, "km_thc_js"), "9");
}

TEST(Redcap, EventsComeFromTheMap) {
  CaseEndpoints late = knee("c", "2024-06-01", {"R"});
  late.info.session = "m12";
  CaseEndpoints unknown = knee("d", "2025-06-01", {"R"});
  unknown.info.session = "m24";
  RedcapOptions options;
  options.event_of_session =
      parse_event_map("session,redcap_event_name\nm00,baseline_arm_1\nm12,year_1_arm_2\n");
  const auto files = redcap_files({knee("b", "2024-01-01", {"R"}), late, unknown}, options);
  expect_valid(files);
  const Rows rows = file(files, "import_knee_mri.csv");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(cell(rows, 1, "redcap_event_name"), "baseline_arm_1");
  EXPECT_EQ(cell(rows, 2, "redcap_event_name"), "year_1_arm_2");
  EXPECT_THAT(file(files, "left_out.csv")[1], Contains("the event map has no session 'm24'"));
  EXPECT_THAT(file(files, "instrument_event_map.csv"),
              ElementsAre(ElementsAre("arm_num", "unique_event_name", "form"),
                          ElementsAre("1", "baseline_arm_1", "knee_mri"),
                          ElementsAre("1", "baseline_arm_1", "ledd_subject"),
                          ElementsAre("2", "year_1_arm_2", "knee_mri"),
                          ElementsAre("2", "year_1_arm_2", "ledd_subject")));
}

TEST(Redcap, TwoCasesForOneRowAreRefusedAndTheMessageSaysWhatHelps) {
  expect_error(Errc::kInput, "b and c; give an --event-map", [] {
    redcap_files({knee("b", "2024-01-01", {"R"}), knee("c", "2024-01-01", {"L"})}, {});
  });
}

TEST(Redcap, ASubjectThatCannotNameARecordIsLeftOutWithTheReason) {
  for (const char* subject : {"", "a#b", "=1+1", "it's", "-7"}) {
    CaseEndpoints c = sample("a");
    c.info.subject = subject;
    const auto files = redcap_files({c}, {});
    EXPECT_THAT(file(files, "left_out.csv"), SizeIs(2)) << subject;
    for (const TableFile& one : files) EXPECT_FALSE(one.name.starts_with("import_")) << subject;
  }
}

TEST(Redcap, LongNamesAreShortenedAlikeInEveryExportAndMappedBack) {
  EndpointDefinition lengthy = height();
  lengthy.key = "height_loss_percent_of_the_neighbours";
  CaseEndpoints c = sample("a");
  c.definitions = {height(), lengthy};
  c.measurements = {measured("T12", lengthy, 1.0), measured("T11", lengthy, 2.0)};
  const Rows both = file(redcap_files({c}, {}), "variables.csv");
  c.measurements.erase(c.measurements.begin());
  const Rows one = file(redcap_files({c}, {}), "variables.csv");
  EXPECT_EQ(both[2], one[1]) << "whatever else is exported";
  EXPECT_NE(both[1][0], both[2][0]);
  EXPECT_TRUE(std::regex_match(one[1][0], kVariable)) << one[1][0];
  EXPECT_THAT(one[1],
              ElementsAre(one[1][0], "spine_mri", "spine-mri", lengthy.key, "T11", "", "value", "mm"));
}

TEST(Redcap, NamesThatDifferInCaseAloneAreToldApart) {
  EndpointDefinition other = height();
  other.key = "HA";
  CaseEndpoints c = sample("a");
  c.definitions.push_back(other);
  c.measurements = {measured("L1", height(), 1.0), measured("L1", other, 2.0)};
  expect_valid(redcap_files({c}, {}));
}

TEST(Redcap, TheSameEndpointOfTwoPipelinesHasTwoVariables) {
  CaseEndpoints ct = sample("b");
  ct.info.pipeline = "bone-qct";
  const auto files = redcap_files({sample("a"), ct}, {});
  expect_valid(files);
  EXPECT_EQ(cell(file(files, "import_bone_qct.csv"), 1, "bq_ha_l1"), "25.375");
}

TEST(Redcap, RegionsOfAnEndpointStandTogetherBelowItsTitle) {
  EndpointDefinition other = height();
  other.key = "Hp";
  other.title = "Posterior vertebral body height";
  CaseEndpoints c = sample("a");
  c.definitions.push_back(other);
  c.measurements = {measured("L1", height(), 1.0),
                    measured("L1", other, 2.0),
                    measured("L2", height(), 3.0),
                    measured("L2", other, 4.0)};
  const Rows dictionary = file(redcap_files({c}, {}), "redcap_data_dictionary.csv");
  std::vector<std::string> last;
  for (std::size_t n = dictionary.size() - 7; n < dictionary.size() - 3; ++n)  // before the review's
    last.push_back(dictionary[n][0] + ": " + dictionary[n][2]);
  EXPECT_THAT(last,
              ElementsAre("sm_ha_l1: Anterior vertebral body height",
                          "sm_ha_l2: ",
                          "sm_hp_l1: Posterior vertebral body height",
                          "sm_hp_l2: "));
}

TEST(Redcap, ASmallNumberHasNoExponent) {
  CaseEndpoints c = sample("a");
  c.measurements = {measured("L1", height(), 1.25e-7)};
  EXPECT_EQ(cell(file(redcap_files({c}, {}), "import_spine_mri.csv"), 1, "sm_ha_l1"), "0.000000125");
}

TEST(Redcap, AnyNamesGiveADictionaryThatIsTaken) {
  rc::check([] {
    CaseEndpoints c = sample("a");
    c.measurements.clear();
    const auto word = rc::gen::container<std::string>(rc::gen::elementOf(std::string("aAzZ09_-/. =")));
    c.info.pipeline = *word;
    std::set<std::tuple<std::string, std::string, std::string>> seen;
    for (int n = *rc::gen::inRange(0, 12); n > 0; --n) {
      Measurement m = of_side(measured(*word, height(), *rc::gen::arbitrary<double>()), *word);
      m.statistic = *word;
      if (seen.emplace(m.region, m.side, m.statistic).second) c.measurements.push_back(m);
    }
    expect_valid(redcap_files({c}, {}));
    RC_ASSERT(!::testing::Test::HasFailure());
  });
}

TEST(EventMap, RefusesWhatRedcapWouldNotTake) {
  expect_error(Errc::kFormat, "session,redcap_event_name", [] { parse_event_map("session,event\n"); });
  expect_error(Errc::kFormat, "no unique event name", [] {
    parse_event_map("session,redcap_event_name\nm00,Baseline\n");
  });
  expect_error(Errc::kFormat, "twice", [] {
    parse_event_map("session,redcap_event_name\nm00,a_arm_1\nm00,b_arm_1\n");
  });
  expect_error(Errc::kFormat, "no line", [] { parse_event_map("session,redcap_event_name\n"); });
  expect_error(Errc::kFormat, "cells", [] { parse_event_map("session,redcap_event_name\nm00\n"); });
}

TEST(Export, WithoutCasesHasHeadersOnly) {
  EXPECT_THAT(file(wide_files({}), "wide.csv"), SizeIs(1));
  EXPECT_THAT(file(csv_files({}), "endpoints.csv"), SizeIs(1));
  expect_valid(redcap_files({}, {}));
  EXPECT_THAT(sqlite_files({}), SizeIs(2));
}

TEST(Export, IsTheSameBytesInWhateverOrderCasesCome) {
  const std::vector<CaseEndpoints> ab{sample("a"), knee("b", "2024-01-01", {"R"})};
  const std::vector<CaseEndpoints> ba{ab[1], ab[0]};
  for (const auto& of : {wide_files, csv_files, sqlite_files, +[](const std::vector<CaseEndpoints>& c) {
                           return redcap_files(c, {});
                         }}) {
    const auto first = of(ab);
    const auto second = of(ba);
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t n = 0; n < first.size(); ++n) {
      EXPECT_EQ(first[n].name, second[n].name);
      EXPECT_EQ(first[n].bytes, second[n].bytes) << first[n].name;
    }
  }
}

}  // namespace
}  // namespace ledd::store
