#include <gmock/gmock.h>

#include <iostream>
#include <map>

#include "canaries.h"
#include "profile.h"

namespace ledd::deidentification {
namespace {

using ::testing::IsEmpty;

/// The same secret in every run: digits of new UIDs must not look like a token by chance, now and then.
Rules rules_for(const Canaries& canaries) {
  Rules rules;
  rules.secret.fill(7);
  rules.subjects = {{canaries.patient_id, "", "S0001"}};
  rules.words = built_in_words();
  return rules;
}

Outcome outcome_of(const Canaries& canaries) {
  const Folder folder;
  testing::write_bytes(folder / "file", canaries.bytes);
  return deidentify(folder / "file", rules_for(canaries));
}

std::vector<std::string> found_in(const std::string& bytes, const std::vector<std::string>& tokens) {
  std::vector<std::string> found;
  for (const auto& token : tokens)
    if (bytes.find(token) != std::string::npos) found.push_back(token);
  return found;
}

/// The data set in plain bytes, whatever transfer syntax it came in.
std::string inflated(const std::string& bytes) {
  Parsed parsed(bytes);
  const Folder folder;
  DcmFileFormat file(&parsed.dataset());
  file.saveFile((folder / "plain").c_str(), EXS_LittleEndianExplicit);
  return testing::read_bytes(folder / "plain");
}

TEST(Profile, HasAllRowsOfTheTable) {
  std::map<Action, int> count;
  std::uint32_t before = 0;
  for (const ProfileRow& row : profile_table()) {
    ++count[row.action];
    EXPECT_LT(before, row.tag);
    before = row.tag;
  }
  // Edition 2024b has 620: the three rows of the repeating groups (all X) are rules here, and (0010,2161), X,
  // and (300A,0054), U, are newer.
  EXPECT_EQ(count[Action::kX], 383 - 3 + 1);
  EXPECT_EQ(count[Action::kD], 92);
  EXPECT_EQ(count[Action::kU], 54 + 1);
  EXPECT_EQ(count[Action::kZ], 42);
  EXPECT_EQ(count[Action::kXD], 22);
  EXPECT_EQ(count[Action::kXZ], 11);
  EXPECT_EQ(count[Action::kXZD], 8);
  EXPECT_EQ(count[Action::kZD], 6);
  EXPECT_EQ(count[Action::kXZU], 2);
}

class Canary : public ::testing::TestWithParam<E_TransferSyntax> {};

TEST_P(Canary, NoneComesThrough) {
  const Canaries source = canaries(GetParam());
  const std::string before = inflated(source.bytes) + source.bytes;
  EXPECT_GE(source.dead.size(), 700U);
  std::cout << source.dead.size() << " canaries that must not come through, " << source.kept.size()
            << " of devices\n";
  EXPECT_EQ(found_in(before, source.dead).size(), source.dead.size()) << "all are in the source";
  const Outcome outcome = outcome_of(source);
  ASSERT_EQ(outcome.decision, Decision::kWritten) << outcome.reason;
  const std::string after = outcome.bytes + inflated(outcome.bytes);
  EXPECT_THAT(found_in(after, source.dead), IsEmpty());
  EXPECT_THAT(found_in(outcome.name + outcome.reason, source.dead), IsEmpty());
  EXPECT_EQ(found_in(after, source.kept).size(), source.kept.size()) << "devices keep their identity";
}

INSTANTIATE_TEST_SUITE_P(Syntaxes,
                         Canary,
                         ::testing::Values(EXS_LittleEndianExplicit,
                                           EXS_LittleEndianImplicit,
                                           EXS_BigEndianExplicit,
                                           EXS_DeflatedLittleEndianExplicit));

TEST(Canaries, NoneIsInAnyFileOfTheOutputOrInItsName) {
  const Canaries source = canaries(EXS_LittleEndianExplicit);
  const Folder folder;
  std::filesystem::create_directories(folder / "in/QZXFOLDER");
  testing::write_bytes(folder / "in/QZXFOLDER/QZXFILE.dcm", source.bytes);
  testing::write_bytes(folder / "in/QZXFOLDER/QZXPAGE.txt", source.dead.front());
  auto key = SubjectKey::create(folder / "site.key");
  const auto rows = run(folder / "in", key, {.out = folder / "out"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].decision, Decision::kWritten);
  std::vector<std::string> names = source.dead;
  // Dates and ages are short: with a new secret, digits of UIDs may look like one.
  std::erase_if(names, [](const std::string& token) { return token.substr(0, 3) != "QZX"; });
  names.insert(names.end(), {"QZXFOLDER", "QZXFILE", "QZXPAGE"});
  const auto written = tree(folder / "out");
  EXPECT_EQ(written.size(), 2U) << "the file and deid.csv";
  for (const auto& [name, bytes] : written) EXPECT_THAT(found_in(name + bytes, names), IsEmpty()) << name;
}

}  // namespace
}  // namespace ledd::deidentification
