// Judgements, and corrections where names are pseudonyms.
#include <gmock/gmock.h>

#include "ledd/cases/correct_case.h"
#include "ledd/deidentification/subject_key.h"
#include "ledd/review/correction.h"

#include "corrected.h"

namespace {

using ledd::Corrected;
using ledd::Errc;
using ledd::error_of;
using ledd::tree;
using ledd::deidentification::SubjectKey;
using ledd::review_record::Verdict;
using namespace ledd::review;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// A case whose names are pseudonyms.
struct Pseudonymous : Corrected {
  SubjectKey key = SubjectKey::create(input / "site.key");

  Pseudonymous() {
    run({&key});
    key.save();
  }
};

TEST_F(Pseudonymous, OpensWithoutTheKeyWhenItIsShownTheScan) {
  EXPECT_FALSE(open().scan) << "its record names no files";
  const auto opened = open({input.path()});
  EXPECT_THAT(opened.problems, IsEmpty());
  ASSERT_TRUE(opened.scan && opened.labels);
  EXPECT_EQ(opened.endpoints.info.subject, "S0001");
  EXPECT_EQ(opened.scan->GetBufferPointer()[12], 22.0F) << "first slice, row 2, column 2";
}

TEST_F(Pseudonymous, KeepsItsNamesOrIsRefused) {
  const auto opened = open({input.path()});
  Correction c = correction(opened);
  c.look_in = {input.path()};
  EXPECT_THAT(error_of(Errc::kInput, [&] { publish(c, edited(opened)); }), HasSubstr("--key"));
  SubjectKey::create(output / "other.key").save();
  c.key = output / "other.key";
  EXPECT_THAT(error_of(Errc::kInput, [&] { publish(c, *opened.labels); }), HasSubstr("is not the key"));
  c.key = input / "site.key";
  EXPECT_THAT(publish(c, *opened.labels).problems, IsEmpty());
  EXPECT_EQ(open({input.path()}).endpoints.info.subject, "S0001");
  for (const auto& [name, bytes] : tree(folder)) EXPECT_THAT(bytes, Not(HasSubstr("ADAM"))) << name;
  EXPECT_EQ(read("provenance.json").find(input.path().string()), std::string::npos);
}

TEST_F(Corrected, AJudgementIsInTheRecordAndInTheLog) {
  run();
  const std::string id = folder.filename();
  const std::string result = ledd::cases::standing_result(out, id);
  const auto written =
      judge(out, {"", "reader-1", id, result, Verdict::kRejected, "L1", "outline wrong", "", 12.0, true});
  EXPECT_THAT(ledd::review_record::record_of(out, id).decisions, ElementsAre(written));
  ASSERT_THAT(log(), SizeIs(1));
  EXPECT_EQ(log().front().action, "reviewed");
  EXPECT_EQ(log().front().details.at("decision"), "rejected");
}

TEST_F(Corrected, AJudgementOfAnEarlierResultIsRefused) {
  run();
  const auto opened = open();
  publish(correction(opened), edited(opened));
  const auto before = tree(out);
  EXPECT_THAT(
      error_of(
          Errc::kInput,
          [&] {
            judge(out,
                  {"", "reader-2", folder.filename(), opened.result_sha256, Verdict::kAccepted, "", "", ""});
          }),
      HasSubstr("open the case again"));
  EXPECT_EQ(tree(out), before);
}

}  // namespace
