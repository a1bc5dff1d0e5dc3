#include <gmock/gmock.h>

#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QtTest/QtTest>
#include <fstream>
#include <set>

#include "ledd/files/files.h"
#include "ledd/review_record/review_record.h"

#include "as_user.h"
#include "judge_panel.h"
#include "key_sheet.h"
#include "main_window.h"
#include "reader.h"
#include "screenshot.h"
#include "surface_widget.h"

namespace ledd::viewer {
namespace {

using review_record::Verdict;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Window, ListsTheCasesRiskiestFirstAndOpensThatOne) {
  const ::ledd::testing::Night night({6, 9, 0});
  Reader reader(options_of(night));
  ASSERT_THAT(reader.list().shown(), SizeIs(3));
  EXPECT_EQ(reader.list().shown()[0].state, "quarantined");
  EXPECT_THAT(words_of(reader.window).toStdString(), HasSubstr("no voxel is above the threshold"));
  EXPECT_EQ(reader.session.opened(), nullptr);
  reader.press(Qt::Key_N);
  ASSERT_TRUE(reader.wait_shown());
  EXPECT_EQ(reader.session.opened()->endpoints.info.case_id, reader.list().shown()[1].case_id);
  EXPECT_FALSE(reader.scene.empty());
  ::ledd::testing::keep_screenshot(reader.window, "window-worklist");
}

TEST(Window, NextAndPreviousGoByKeyAndStopAtTheEnds) {
  const ::ledd::testing::Night night({6, 9});
  Reader reader(options_of(night));
  const std::string first = reader.list().current();
  reader.press(Qt::Key_P);
  EXPECT_EQ(reader.list().current(), first);
  reader.press(Qt::Key_N);
  EXPECT_NE(reader.list().current(), first);
  reader.press(Qt::Key_N);
  EXPECT_EQ(reader.list().current(), reader.list().shown()[1].case_id);
  reader.press(Qt::Key_P);
  EXPECT_EQ(reader.list().current(), first);
}

TEST(Window, FiltersLeaveTheRestAway) {
  const ::ledd::testing::Night night({6, 9, 0});
  Reader reader(options_of(night));
  auto* const words = reader.list().findChild<QLineEdit*>();
  QTest::keyClicks(words, "b.nii");
  EXPECT_THAT(reader.list().shown(), SizeIs(1));
  words->clear();
  for (QComboBox* box : reader.list().findChildren<QComboBox*>())
    if (const int at = box->findData("quarantined"); at >= 0) box->setCurrentIndex(at);
  ASSERT_THAT(reader.list().shown(), SizeIs(1));
  EXPECT_EQ(reader.list().shown()[0].state, "quarantined");
}

TEST(Window, AcceptingIsOneKeyIsSignedAndLeadsToTheNext) {
  const ::ledd::testing::Night night({6, 9});
  Reader reader(options_of(night));
  ASSERT_TRUE(reader.wait_shown());
  const std::string first = reader.list().current();
  reader.press(Qt::Key_A);
  ASSERT_THAT(decisions_of(night, first), SizeIs(1));
  const auto decision = decisions_of(night, first).front();
  EXPECT_EQ(decision.verdict, Verdict::kAccepted);
  EXPECT_EQ(decision.reader, "anna");
  EXPECT_GT(decision.seconds, 0.0);
  EXPECT_FALSE(decision.blinded);
  EXPECT_EQ(decision.result_sha256, files::sha256_of_file(night.out() / "cases" / first / "provenance.json"));
  EXPECT_NE(reader.list().current(), first);
  EXPECT_THAT(words_of(reader.window).toStdString(), HasSubstr("accepted"));
}

TEST(Window, AcceptingFromAFilteredListSkipsNoCase) {
  const ::ledd::testing::Night night({5, 7, 9});
  Reader reader(options_of(night));
  for (QComboBox* box : reader.list().findChildren<QComboBox*>())
    if (const int at = box->findData("-"); at >= 0) box->setCurrentIndex(at);
  std::vector<std::string> ids;
  for (const auto& item : reader.list().shown()) ids.push_back(item.case_id);
  for (std::size_t n = 0; n < ids.size(); ++n) {
    EXPECT_EQ(reader.list().current(), ids[n]);
    ASSERT_TRUE(reader.wait_shown());
    reader.press(Qt::Key_A);
  }
  for (const auto& id : ids) EXPECT_THAT(decisions_of(night, id), SizeIs(1));
  EXPECT_THAT(reader.list().shown(), IsEmpty());
}

TEST(Window, RejectingAsksForAReasonAndTypingItTriggersNoKey) {
  const ::ledd::testing::Night night({6, 9});
  Reader reader(options_of(night));
  ASSERT_TRUE(reader.wait_shown());
  const std::string first = reader.list().current();
  reader.press(Qt::Key_R);
  EXPECT_THAT(decisions_of(night, first), IsEmpty());
  QComboBox* reason = nullptr;
  for (QComboBox* box : reader.part<JudgePanel>()->findChildren<QComboBox*>())
    if (box->isEditable()) reason = box;
  ASSERT_NE(reason, nullptr);
  reason->hidePopup();
  reason->lineEdit()->setFocus();
  QTest::keyClicks(reason->lineEdit(), "a canal near a pin");
  EXPECT_EQ(reader.list().current(), first);  // n, a and p are text here
  reader.part<JudgePanel>()->reject_case();
  ASSERT_THAT(decisions_of(night, first), SizeIs(1));
  EXPECT_EQ(decisions_of(night, first).front().verdict, Verdict::kRejected);
  EXPECT_EQ(decisions_of(night, first).front().reason, "a canal near a pin");
}

TEST(Window, AWordOnOneStructureStaysAtTheCase) {
  const ::ledd::testing::Night night({6, 9});
  Reader reader(options_of(night));
  ASSERT_TRUE(reader.wait_shown());
  const std::string first = reader.list().current();
  for (QComboBox* box : reader.part<JudgePanel>()->findChildren<QComboBox*>())
    if (const int at = box->findData("L1"); at >= 0) box->setCurrentIndex(at);
  reader.press(Qt::Key_A);
  ASSERT_THAT(decisions_of(night, first), SizeIs(1));
  EXPECT_EQ(decisions_of(night, first).front().structure, "L1");
  EXPECT_EQ(reader.list().current(), first);
}

TEST(Window, BlindedShowsNeitherIdsNorNamesNorOthersVerdicts) {
  const ::ledd::testing::Night night({6, 9});
  {
    Reader other(options_of(night, "berta"));
    ASSERT_TRUE(other.wait_shown());
    other.press(Qt::Key_A);
  }
  auto options = options_of(night);
  options.blind = true;
  Reader reader(options);
  ASSERT_TRUE(reader.wait_shown());
  const std::string words = words_of(reader.window).toStdString();
  for (const auto& item : reader.session.items()) EXPECT_THAT(words, Not(HasSubstr(item.case_id)));
  EXPECT_THAT(words, Not(HasSubstr(".nii.gz")));
  EXPECT_THAT(words, Not(HasSubstr("berta")));
  EXPECT_THAT(words, Not(HasSubstr("accepted\n")));
  EXPECT_THAT(words, HasSubstr("case 1"));
  const std::string first = reader.list().current();
  reader.press(Qt::Key_A);
  EXPECT_THAT(words_of(reader.window).toStdString(), HasSubstr("accepted\n"));  // one's own
  EXPECT_TRUE(decisions_of(night, first).back().blinded);
}

TEST(Window, ACorrectionBecomesTheNextVersionMeasuredAgain) {
  const ::ledd::testing::Night night({6});
  Reader reader(options_of(night));
  ASSERT_TRUE(reader.wait_shown());
  const std::string id = reader.list().current();
  const auto before = reader.session.opened();
  const std::string old_result = before->result_sha256;
  const double old_mm3 = *before->endpoints.measurements.front().value;
  reader.stroke({60, 60}, {90, 60});
  reader.session.publish("too small", 12.0);
  EXPECT_FALSE(reader.session.can_correct());
  ASSERT_TRUE(reader.wait_for([&] { return !reader.session.publishing(); }));
  ASSERT_TRUE(reader.wait_for([&] {
    return reader.session.opened() != nullptr && reader.session.opened()->result_sha256 != old_result;
  }));
  EXPECT_EQ(reader.dialog("notice"), nullptr);
  EXPECT_GT(*reader.session.opened()->endpoints.measurements.front().value, old_mm3);
  EXPECT_EQ(decisions_of(night, reader.session.opened()->endpoints.info.case_id).back().verdict,
            Verdict::kCorrected);
  EXPECT_THAT(words_of(reader.window).toStdString(), HasSubstr("corrected"));
  EXPECT_EQ(reader.session.steps(), 0U);
}

TEST(Window, TheSlowerOfTwoReadersIsToldAndLosesNothing) {
  const ::ledd::testing::Night night({6});
  Reader slow(options_of(night, "berta"));
  ASSERT_TRUE(slow.wait_shown());
  slow.stroke({60, 60}, {90, 60});
  {
    Reader fast(options_of(night, "anna"));
    ASSERT_TRUE(fast.wait_shown());
    fast.stroke({60, 80}, {120, 80});
    fast.session.publish("", 1.0);
    ASSERT_TRUE(fast.wait_for([&] { return !fast.session.publishing(); }));
    ASSERT_EQ(fast.dialog("notice"), nullptr);
  }
  const auto folder = night.out() / "cases" / slow.list().current();
  const std::string annas = files::sha256_of_file(folder / "provenance.json");
  slow.session.publish("", 1.0);
  ASSERT_TRUE(slow.wait_for([&] { return !slow.session.publishing(); }));
  ASSERT_NE(slow.dialog("notice"), nullptr);
  EXPECT_EQ(files::sha256_of_file(folder / "provenance.json"), annas);
  EXPECT_EQ(slow.session.steps(), 1U);
  EXPECT_TRUE(std::filesystem::exists(night.out() / "reviews" / (slow.list().current() + ".berta.draft")));
  ASSERT_THAT(decisions_of(night, slow.list().current()), SizeIs(1));
  EXPECT_EQ(decisions_of(night, slow.list().current()).front().reader, "anna");
  slow.press(Qt::Key_A);  // of a result that is no more
  EXPECT_THAT(decisions_of(night, slow.list().current()), SizeIs(1));
}

TEST(Window, AReadOnlyFolderIsSaidAndNothingIsDrawnThatCannotBeKept) {
  const ::ledd::testing::Night night({6});
  Reader reader(options_of(night));
  ASSERT_TRUE(reader.wait_shown());
  const auto before = label_editing::checksum_of(*reader.scene.labels());
  std::filesystem::permissions(night.out(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const AsOrdinaryUser user(night.out());
  reader.stroke({60, 60}, {90, 60});
  EXPECT_EQ(label_editing::checksum_of(*reader.scene.labels()), before);
  ASSERT_NE(reader.dialog("notice"), nullptr);
  EXPECT_FALSE(reader.session.can_correct());
  reader.press(Qt::Key_A);
  EXPECT_THAT(decisions_of(night, reader.list().current()), IsEmpty());
  EXPECT_GE(reader.window.findChildren<QMessageBox*>("notice").size(), 2);
  std::filesystem::permissions(night.out(), std::filesystem::perms::owner_all);
}

TEST(Window, DamagedLabelsAreSaidAndNotShown) {
  const ::ledd::testing::Night night({6});
  const auto folder = std::filesystem::directory_iterator(night.out() / "cases")->path();
  std::ofstream(folder / "labels.nii.gz", std::ios::binary) << "no image";
  Reader reader(options_of(night));
  ASSERT_TRUE(reader.wait_shown());
  ASSERT_NE(reader.dialog("notice"), nullptr);
  EXPECT_THAT(reader.dialog("notice")->informativeText().toStdString(), HasSubstr("labels.nii.gz"));
  EXPECT_EQ(reader.scene.labels(), nullptr);
  EXPECT_FALSE(reader.scene.empty());
  EXPECT_FALSE(reader.session.can_correct());
}

TEST(Window, AMovedScanIsSaidWithWhatToDo) {
  const ::ledd::testing::Night night({6});
  std::filesystem::remove(night.input / "a.nii.gz");
  Reader reader(options_of(night));
  ASSERT_TRUE(reader.wait_shown());
  ASSERT_NE(reader.dialog("notice"), nullptr);
  EXPECT_THAT(reader.dialog("notice")->informativeText().toStdString(), HasSubstr("--images"));
}

TEST(Window, EveryKeyHasOnePlaceAndStandsOnTheSheet) {
  const ::ledd::testing::Night night({6});
  Reader reader(options_of(night));
  std::set<QString> keys;
  for (const Command& command : reader.window.commands()) {
    if (command.key.isEmpty()) continue;
    EXPECT_TRUE(keys.insert(command.key.toString()).second) << command.key.toString().toStdString();
  }
  reader.press(Qt::Key_Question);
  auto* const sheet = reader.part<KeySheet>();
  ASSERT_NE(sheet, nullptr);
  const QString words = words_of(*sheet);
  for (const Command& command : reader.window.commands()) EXPECT_TRUE(words.contains(command.text));
  ::ledd::testing::keep_screenshot(*sheet, "window-keys");
}

TEST(Window, ShowsPlanesAndSurfaces) {
  const ::ledd::testing::Night night({9});
  Reader reader(options_of(night));
  ASSERT_TRUE(reader.wait_shown());
  auto* const surfaces = reader.part<SurfaceWidget>();
  ASSERT_TRUE(reader.wait_for([&] { return surfaces->surfaces() == 1; }));
  for (PlaneWidget* plane : reader.planes()) {
    const QImage picture = plane->grab().toImage();
    int bright = 0;
    for (int y = 0; y < picture.height(); ++y)
      for (int x = 0; x < picture.width(); ++x) bright += qGray(picture.pixel(x, y)) > 200 ? 1 : 0;
    EXPECT_GT(bright, 100) << plane->accessibleName().toStdString();
  }
}

TEST(Window, DoubleClickMakesOneViewLargeAndBack) {
  const ::ledd::testing::Night night({9});
  Reader reader(options_of(night));
  ASSERT_TRUE(reader.wait_shown());
  const auto planes = reader.planes();
  QTest::mouseDClick(planes.front(), Qt::LeftButton);
  EXPECT_TRUE(planes[0]->isVisible());
  EXPECT_FALSE(planes[1]->isVisible());
  QTest::mouseDClick(planes.front(), Qt::LeftButton);
  EXPECT_TRUE(planes[1]->isVisible());
}

}  // namespace
}  // namespace ledd::viewer
