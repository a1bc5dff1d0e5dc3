#include <gmock/gmock.h>

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QTableWidget>
#include <QtTest/QtTest>
#include <fstream>
#include <set>

#include "ledd/files/files.h"
#include "ledd/review_record/review_record.h"

#include "as_user.h"
#include "judge_panel.h"
#include "key_sheet.h"
#include "main_window.h"
#include "night.h"
#include "plane_widget.h"
#include "screenshot.h"
#include "surface_widget.h"
#include "threshold_pipeline.h"
#include "worklist_panel.h"

namespace ledd::viewer {
namespace {

using review_record::Verdict;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kPatienceMs = 30000;

/// A reader at a window.
struct Reader {
  Scene scene;
  Session session;
  MainWindow window;

  explicit Reader(SessionOptions options)
      : session(
            std::move(options), [] { return ::ledd::testing::threshold_registry({}); }, scene),
        window(session, scene) {
    window.show();
    EXPECT_TRUE(QTest::qWaitForWindowExposed(&window));
    window.begin();
  }

  template <class What>
  bool wait_for(What what) {
    return QTest::qWaitFor(what, kPatienceMs);
  }
  bool wait_shown() {
    return wait_for([&] { return session.opened() != nullptr; });
  }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    window.activateWindow();
    EXPECT_TRUE(QTest::qWaitForWindowActive(&window));
    QTest::keyClick(&window, key, modifiers);
  }
  template <class Part>
  Part* part(const QString& name = {}) {
    return window.findChild<Part*>(name);
  }
  WorklistPanel& list() { return *part<WorklistPanel>(); }
  QMessageBox* dialog(const QString& name) { return part<QMessageBox>(name); }
  /// Draws with the brush from one place of the sagittal plane to another.
  void stroke(QPoint from, QPoint to) {
    PlaneWidget* const plane = window.findChildren<PlaneWidget*>().front();
    Tool brush;
    brush.kind = Tool::Kind::kBrush;
    brush.id = 20;
    brush.radius_mm = 3.0;
    plane->set_tool(brush);
    plane->repaint();
    QTest::mousePress(plane, Qt::LeftButton, {}, from);
    QTest::mouseMove(plane, to);
    QTest::mouseRelease(plane, Qt::LeftButton, {}, to);
  }
};

SessionOptions options_of(const ::ledd::testing::Night& night, const std::string& reader = "anna") {
  SessionOptions options;
  options.out = night.out();
  options.reader = reader;
  return options;
}

std::vector<review_record::Decision> decisions_of(const ::ledd::testing::Night& night,
                                                  const std::string& id) {
  return review_record::record_of(night.out(), id).decisions;
}

/// All words that the window shows.
QString words_of(const QWidget& window) {
  QString all = window.windowTitle();
  for (const QLabel* label : window.findChildren<QLabel*>())
    all += label->text() + "\n" + label->toolTip() + "\n";
  for (const QTableWidget* table : window.findChildren<QTableWidget*>())
    for (int row = 0; row < table->rowCount(); ++row)
      for (int column = 0; column < table->columnCount(); ++column)
        all += table->item(row, column)->text() + "\n" + table->item(row, column)->toolTip() + "\n";
  return all;
}

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

TEST(Window, ADrawnStepIsTakenUpByTheNextWindow) {
  const ::ledd::testing::Night night({6});
  std::uint32_t drawn = 0;
  {
    Reader reader(options_of(night));
    ASSERT_TRUE(reader.wait_shown());
    const auto before = label_editing::checksum_of(*reader.scene.labels());
    reader.stroke({60, 60}, {90, 60});
    ASSERT_NE(label_editing::checksum_of(*reader.scene.labels()), before);
    drawn = label_editing::checksum_of(*reader.scene.labels());
  }  // as good as killed: nothing is written on the way out
  Reader again(options_of(night));
  ASSERT_TRUE(again.wait_for([&] { return again.dialog("draft") != nullptr; }));
  EXPECT_FALSE(again.session.can_correct());
  ::ledd::testing::keep_screenshot(*again.dialog("draft"), "window-draft");
  for (QAbstractButton* button : again.dialog("draft")->buttons())
    if (button->text().startsWith("Go on")) button->click();
  EXPECT_TRUE(again.session.can_correct());
  EXPECT_EQ(label_editing::checksum_of(*again.scene.labels()), drawn);
  EXPECT_EQ(again.session.steps(), 1U);
}

TEST(Window, ADraftThatIsNotWantedIsKeptAside) {
  const ::ledd::testing::Night night({6});
  {
    Reader reader(options_of(night));
    ASSERT_TRUE(reader.wait_shown());
    reader.stroke({60, 60}, {90, 60});
  }
  Reader again(options_of(night));
  ASSERT_TRUE(again.wait_for([&] { return again.dialog("draft") != nullptr; }));
  for (QAbstractButton* button : again.dialog("draft")->buttons())
    if (button->text().startsWith("Begin")) button->click();
  EXPECT_EQ(again.session.steps(), 0U);
  again.stroke({50, 50}, {50, 70});
  std::size_t drafts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(night.out() / "reviews"))
    drafts += entry.path().string().find(".draft") != std::string::npos ? 1U : 0U;
  EXPECT_EQ(drafts, 2U);
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
  for (PlaneWidget* plane : reader.window.findChildren<PlaneWidget*>()) {
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
  const auto planes = reader.window.findChildren<PlaneWidget*>();
  QTest::mouseDClick(planes.front(), Qt::LeftButton);
  EXPECT_TRUE(planes[0]->isVisible());
  EXPECT_FALSE(planes[1]->isVisible());
  QTest::mouseDClick(planes.front(), Qt::LeftButton);
  EXPECT_TRUE(planes[1]->isVisible());
}

}  // namespace
}  // namespace ledd::viewer
