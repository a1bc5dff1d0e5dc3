#include <gmock/gmock.h>

#include <QProcess>
#include <QPushButton>
#include <cstdlib>
#include <future>
#include <iostream>

#include "ledd/core/error.h"

#include "reader.h"
#include "screenshot.h"

namespace ledd::viewer {
namespace {

TEST(Drafts, ADrawnStepIsTakenUpByTheNextWindow) {
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

TEST(Drafts, ADraftThatIsNotWantedIsKeptAside) {
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

/// Measuring that fails, but not before it is told to.
struct Failing {
  std::promise<void> now;
  std::shared_future<void> told = now.get_future().share();
  MakeRegistry registry() {
    return [told = told]() -> cases::Registry {
      told.wait();
      throw Error(Errc::kIo, "the disk is full");
    };
  }
};

TEST(Drafts, ACorrectionThatCouldNotBePublishedIsStillThere) {
  const ::ledd::testing::Night night({6});
  Failing failing;
  Reader reader(options_of(night), failing.registry());
  ASSERT_TRUE(reader.wait_shown());
  reader.stroke({60, 60}, {90, 60});
  reader.session.publish("", 1.0);
  failing.now.set_value();
  ASSERT_TRUE(reader.wait_for([&] { return !reader.session.publishing(); }));
  ASSERT_NE(reader.dialog("notice"), nullptr);
  EXPECT_THAT(reader.dialog("notice")->informativeText().toStdString(), ::testing::HasSubstr("disk is full"));
  EXPECT_TRUE(reader.session.can_correct());
  EXPECT_EQ(reader.session.steps(), 1U);
  EXPECT_THAT(decisions_of(night, reader.list().current()), ::testing::IsEmpty());
}

TEST(Drafts, WhoLeftTheCaseMeanwhileIsOfferedTheStepsAndTheyFit) {
  const ::ledd::testing::Night night({6, 9});
  Failing failing;
  {
    Reader reader(options_of(night), failing.registry());
    ASSERT_TRUE(reader.wait_shown());
    const std::string first = reader.list().current();
    reader.stroke({60, 60}, {90, 60});
    reader.session.publish("", 1.0);
    reader.press(Qt::Key_N);
    ASSERT_TRUE(reader.wait_shown());
    reader.press(Qt::Key_P);
    ASSERT_TRUE(reader.wait_shown());
    ASSERT_EQ(reader.list().current(), first);
    EXPECT_FALSE(reader.session.can_correct());
    failing.now.set_value();
    ASSERT_TRUE(reader.wait_for([&] { return reader.dialog("draft") != nullptr; }));
    reader.session.take_up_draft();
    EXPECT_EQ(reader.session.steps(), 1U);
    reader.stroke({60, 90}, {90, 90});
    EXPECT_EQ(reader.session.steps(), 2U);
  }
  Reader again(options_of(night));
  ASSERT_TRUE(again.wait_for([&] { return again.dialog("draft") != nullptr; }));
  again.session.take_up_draft();
  EXPECT_EQ(again.session.steps(), 2U);
}

/// The other process of the test below: draws until it is killed, and says how often it did.
TEST(Drafts, DISABLED_DrawUntilKilled) {
  SessionOptions options;
  options.out = std::getenv("LEDD_TEST_OUT");
  options.reader = "anna";
  Reader reader(options);
  ASSERT_TRUE(reader.wait_shown());
  for (int n = 1;; ++n) {
    const QPoint from(40 + n * 13 % 300, 40 + n * 29 % 300);
    reader.stroke(from, from + QPoint(0, 20));
    std::cout << "drawn " << reader.session.steps() << std::endl;
  }
}

TEST(Drafts, AKilledWindowLosesNoStepThatWasDrawn) {
  const ::ledd::testing::Night night({6});
  QProcess other;
  auto environment = QProcessEnvironment::systemEnvironment();
  environment.insert("LEDD_TEST_OUT", QString::fromStdString(night.out().string()));
  other.setProcessEnvironment(environment);
  other.start(QCoreApplication::applicationFilePath(),
              {"--gtest_also_run_disabled_tests", "--gtest_filter=Drafts.DISABLED_DrawUntilKilled"});
  QByteArray said;
  while (!said.contains("drawn 10\n") && other.waitForReadyRead(kPatienceMs))
    said += other.readAllStandardOutput();
  other.kill();
  other.waitForFinished();
  said += other.readAllStandardOutput();
  const QByteArray last = said.mid(said.lastIndexOf("drawn ") + 6);
  ASSERT_TRUE(last.contains('\n')) << said.toStdString();
  const auto drawn = last.left(last.indexOf('\n')).toULong();
  ASSERT_GE(drawn, 10U);

  Reader again(options_of(night));
  ASSERT_TRUE(again.wait_for([&] { return again.dialog("draft") != nullptr; }));
  again.session.take_up_draft();
  EXPECT_GE(again.session.steps(), drawn);
  EXPECT_LE(again.session.steps(), drawn + 1);
}

}  // namespace
}  // namespace ledd::viewer
