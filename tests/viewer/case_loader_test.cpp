#include "case_loader.h"

#include <gmock/gmock.h>

#include <QtTest/QtTest>
#include <atomic>

#include "ledd/core/error.h"

#include "phantom.h"

namespace ledd::viewer {
namespace {

constexpr phantom::Size kSize{40, 30, 20};

/// A loader of drawn cases: of "3" every voxel of the scan is 3, every label 13; "half" has 2.5 and 12.
struct Desk : testing::Test {
  std::atomic<int> opened{0}, read_in_turn{0};
  std::atomic<bool> labels_were_taken{false};
  CaseLoader loader{[this](const std::string& id, Context&, const CaseLoader::LabelsRead& labels_read) {
    ++opened;
    require(id != "none", Errc::kNotFound, "there is no such case");
    cases::OpenCase made;
    const float value = id == "half" ? 2.5F : std::stof(id);
    made.labels = phantom::blank<Labels>(kSize, {1, 1, 1}, static_cast<std::uint16_t>(value + 10));
    if (labels_read) {
      ++read_in_turn;
      labels_read(*made.labels);
      labels_were_taken = made.labels->GetBufferPointer() == nullptr;
    }
    made.scan = phantom::blank<Volume>(kSize, {1, 1, 1}, value);
    return made;
  }};
  std::vector<std::string> answers;
  std::shared_ptr<cases::OpenCase> got;

  Desk() {
    QObject::connect(&loader, &CaseLoader::loaded, [this](const QString& id, const auto& made) {
      answers.push_back(id.toStdString());
      got = made;
    });
    QObject::connect(&loader, &CaseLoader::failed, [this](const QString& id, const QString& why) {
      answers.push_back(id.toStdString() + ": " + why.toStdString());
    });
  }
  bool answered(std::size_t count) {
    return QTest::qWaitFor([&] { return answers.size() >= count; }, 60000);
  }
  bool has_opened(int count) {
    return QTest::qWaitFor([&] { return opened >= count; }, 60000);
  }
  void expect_voxels(float value, std::uint16_t id) const {
    ASSERT_TRUE(got && got->scan && got->labels);
    const std::size_t count = got->scan->GetLargestPossibleRegion().GetNumberOfPixels();
    ASSERT_NE(got->scan->GetBufferPointer(), nullptr);
    ASSERT_NE(got->labels->GetBufferPointer(), nullptr);
    EXPECT_EQ(std::count(got->scan->GetBufferPointer(), got->scan->GetBufferPointer() + count, value),
              static_cast<std::ptrdiff_t>(count));
    EXPECT_EQ(std::count(got->labels->GetBufferPointer(), got->labels->GetBufferPointer() + count, id),
              static_cast<std::ptrdiff_t>(count));
  }
};

TEST_F(Desk, ACaseThatIsWantedAtOnceIsNotPacked) {
  loader.want("3");
  ASSERT_TRUE(answered(1));
  expect_voxels(3.0F, 13);
  EXPECT_EQ(read_in_turn, 0);
}

TEST_F(Desk, APreloadedCaseIsWholeWhenItIsHandedOver) {
  for (const char* const id : {"4", "half"}) {
    const auto before = answers.size();
    const int already = opened;
    loader.preload(id);
    ASSERT_TRUE(has_opened(already + 1));
    QTest::qWait(50);
    EXPECT_EQ(answers.size(), before) << "nobody wanted it yet";
    loader.want(id);
    ASSERT_TRUE(answered(before + 1));
    EXPECT_EQ(opened, already + 1);
    EXPECT_TRUE(labels_were_taken);
    EXPECT_EQ(answers.back(), id);
    id == std::string("4") ? expect_voxels(4.0F, 14) : expect_voxels(2.5F, 12);
  }
}

TEST_F(Desk, ACaseThatIsWantedWhileItIsPreloadedIsWhole) {
  for (int n = 0; n < 30; ++n) {
    const std::string id = std::to_string(n);
    loader.preload(id);
    loader.want(id);
    ASSERT_TRUE(answered(static_cast<std::size_t>(n) + 1));
    expect_voxels(static_cast<float>(n), static_cast<std::uint16_t>(n + 10));
  }
  EXPECT_EQ(opened, 30);
}

TEST_F(Desk, OfACaseThatWasHandedOverNothingIsKept) {
  loader.preload("5");
  loader.want("5");
  ASSERT_TRUE(answered(1));
  const auto holders = got.use_count();
  EXPECT_EQ(holders, 1);
  loader.want("5");
  ASSERT_TRUE(answered(2));
  EXPECT_EQ(opened, 2) << "read again";
}

TEST_F(Desk, SaysWhatFailedAndTriesAgain) {
  loader.preload("none");
  ASSERT_TRUE(has_opened(1));
  loader.want("none");
  ASSERT_TRUE(answered(1));
  loader.want("none");
  ASSERT_TRUE(answered(2));
  EXPECT_THAT(answers, testing::Each("none: there is no such case"));
  EXPECT_EQ(opened, 2);
}

TEST_F(Desk, AnswersForTheLastThatWasWantedAlone) {
  loader.preload("6");
  ASSERT_TRUE(has_opened(1));
  loader.want("6");
  loader.want("7");
  ASSERT_TRUE(answered(1));
  QTest::qWait(50);
  EXPECT_EQ(answers.back(), "7");
  expect_voxels(7.0F, 17);
}

}  // namespace
}  // namespace ledd::viewer
