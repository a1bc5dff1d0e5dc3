#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "judge_panel.h"
#include "options.h"
#include "phantom.h"
#include "reader.h"
#include "screenshot.h"

namespace ledd::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Scans of no output folder, with labels that somebody drew.
struct Scan : ::testing::Test {
  Folder folder, home;
  fs::path image = folder / "scan.nii.gz", labels = folder / "drawn.nii.gz";

  Scan() {
    setenv("XDG_DATA_HOME", home.path().c_str(), 1);
    ::ledd::testing::write_body(image, 8);
    const auto scan = files::read_volume(image);
    auto drawn = Labels::New();
    drawn->CopyInformation(scan);
    drawn->SetRegions(scan->GetLargestPossibleRegion());
    drawn->Allocate(true);
    for (int j = 20; j < 28; ++j)
      for (int i = 15; i < 25; ++i) drawn->SetPixel({{i, j, 5}}, 20);
    files::write_labels(*drawn, labels);
  }
  SessionOptions options() const {
    SessionOptions options;
    options.reader = "anna";
    options.scan.emplace().images = {image};
    options.scan->labels = labels;
    return options;
  }
};

TEST_F(Scan, ShowsWhatWasDrawnAndHasNothingToJudge) {
  Reader reader(options());
  ASSERT_TRUE(reader.wait_shown());
  ASSERT_NE(reader.scene.labels(), nullptr);
  EXPECT_EQ(reader.scene.labels()->GetPixel({{16, 21, 5}}), 20);
  EXPECT_EQ(reader.dialog("notice"), nullptr);
  EXPECT_TRUE(reader.session.can_correct());
  EXPECT_FALSE(reader.part<JudgePanel>()->isEnabled());
  reader.press(Qt::Key_A);
  EXPECT_EQ(folder.entries(), 2);
  ::ledd::testing::keep_screenshot(reader.window, "window-scan");
}

TEST_F(Scan, CorrectedLabelsBecomeAFileAndTheGivenOneStays) {
  const std::string before = files::sha256_of_file(labels);
  Reader reader(options());
  ASSERT_TRUE(reader.wait_shown());
  reader.stroke({60, 60}, {90, 60});
  ASSERT_EQ(reader.session.steps(), 1U);
  reader.session.save_labels(labels);
  ASSERT_NE(reader.dialog("notice"), nullptr);
  EXPECT_THAT(reader.dialog("notice")->informativeText().toStdString(), HasSubstr("there is such a file"));
  EXPECT_EQ(files::sha256_of_file(labels), before);
  reader.session.save_labels(folder / "corrected.nii.gz");
  EXPECT_EQ(files::sha256_of_file(labels), before);
  EXPECT_EQ(label_editing::checksum_of(*files::read_labels(folder / "corrected.nii.gz")),
            label_editing::checksum_of(*reader.scene.labels()));
}

TEST_F(Scan, WhatWasDrawnIsOfferedAgainAndLiesInTheReadersOwnFolder) {
  {
    Reader reader(options());
    ASSERT_TRUE(reader.wait_shown());
    reader.stroke({60, 60}, {90, 60});
  }
  EXPECT_EQ(folder.entries(), 2);
  Reader again(options());
  ASSERT_TRUE(again.wait_for([&] { return again.dialog("draft") != nullptr; }));
  again.session.take_up_draft();
  EXPECT_EQ(again.session.steps(), 1U);
}

TEST_F(Scan, WhatIsDrawnAfterSavingFitsWhenItIsOfferedAgain) {
  {
    Reader reader(options());
    ASSERT_TRUE(reader.wait_shown());
    reader.stroke({60, 60}, {90, 60});
    reader.session.save_labels(folder / "once.nii.gz");
    reader.stroke({60, 90}, {90, 90});
  }
  {
    Reader again(options());
    ASSERT_TRUE(again.wait_for([&] { return again.dialog("draft") != nullptr; }));
    again.session.take_up_draft();
    EXPECT_EQ(again.session.steps(), 2U);
    again.session.save_labels(folder / "twice.nii.gz");
  }
  Reader last(options());
  ASSERT_TRUE(last.wait_shown());
  EXPECT_EQ(last.dialog("draft"), nullptr);  // all of it is saved
}

TEST_F(Scan, LabelsCanBeBegunOnABareScan) {
  auto bare = options();
  bare.scan->labels.clear();
  Reader reader(bare);
  ASSERT_TRUE(reader.wait_shown());
  ASSERT_EQ(reader.scene.labels(), nullptr);
  reader.scene.begin_labels();
  reader.stroke({60, 60}, {90, 60});
  EXPECT_EQ(reader.dialog("notice"), nullptr) << reader.dialog("notice")->informativeText().toStdString();
  EXPECT_EQ(reader.session.steps(), 1U);
  reader.session.save_labels(folder / "new.nii.gz");
  EXPECT_TRUE(fs::exists(folder / "new.nii.gz"));
}

TEST_F(Scan, LabelsOfAnotherGridAreSaidAndNotDrawn) {
  files::write_labels(*phantom::blank<Labels>({40, 48, 11}, {1.0, 1.0, 3.0}, 20), labels);
  Reader reader(options());
  ASSERT_TRUE(reader.wait_shown());
  ASSERT_NE(reader.dialog("notice"), nullptr);
  EXPECT_THAT(reader.dialog("notice")->informativeText().toStdString(), HasSubstr("drawn.nii.gz"));
  EXPECT_EQ(reader.scene.labels(), nullptr);
  EXPECT_FALSE(reader.scene.empty());
  EXPECT_FALSE(reader.session.can_correct());
}

TEST_F(Scan, ADamagedLabelFileIsSaidAndTheScanShown) {
  std::ofstream(labels, std::ios::binary) << "no labels";
  Reader reader(options());
  ASSERT_TRUE(reader.wait_shown());
  ASSERT_NE(reader.dialog("notice"), nullptr);
  EXPECT_THAT(reader.dialog("notice")->informativeText().toStdString(), HasSubstr("drawn.nii.gz"));
  EXPECT_FALSE(reader.scene.empty());
}

TEST_F(Scan, SeveralSeriesAreOfferedInTheList) {
  fs::remove(labels);
  ::ledd::testing::write_body(folder / "other.nii.gz", 4);
  auto both = options();
  both.scan->images = {folder.path()};
  both.scan->labels.clear();
  Reader reader(both);
  ASSERT_TRUE(reader.wait_for([&] { return reader.list().shown().size() == 2; }));
  EXPECT_TRUE(reader.scene.empty());
  reader.list().go_to(reader.list().shown()[1].case_id);
  ASSERT_TRUE(reader.wait_shown());
  EXPECT_FALSE(reader.scene.empty());
}

std::optional<Options> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "ledd-view");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

TEST(Options, TellAnOutputFolderACaseAndImagesApart) {
  const ::ledd::testing::Night night({6});
  const auto folder = fs::directory_iterator(night.out() / "cases")->path();
  const auto whole = parse({night.out(), "--reader", "anna", "--blind"});
  EXPECT_EQ(fs::canonical(whole->session.out), fs::canonical(night.out()));
  EXPECT_EQ(whole->session.reader, "anna");
  EXPECT_TRUE(whole->session.blind);
  EXPECT_EQ(parse({folder})->session.only_case, folder.filename().string());
  EXPECT_EQ(fs::canonical(parse({folder})->session.out), fs::canonical(night.out()));
  EXPECT_THAT(parse({night.input.path()})->session.scan->images, SizeIs(1));
}

TEST(Options, RefuseWhatCannotBeMeant) {
  const ::ledd::testing::Night night({6});
  const auto refused = [](const std::vector<std::string>& words) -> std::string {
    try {
      static_cast<void>(parse(words));
    } catch (const Error& e) {
      return std::string(name_of(e.code())) + ": " + e.what();
    }
    return "";
  };
  EXPECT_THAT(refused({"/no/such/folder"}), HasSubstr("there is no such file or folder"));
  EXPECT_THAT(refused({night.out(), "--labels", "a.nii.gz"}), HasSubstr("--labels goes with images"));
  EXPECT_THAT(refused({night.out(), "--reader", "Anna B"}), HasSubstr("Anna B"));
  EXPECT_THAT(refused({night.out(), "--blnd"}), HasSubstr("--help"));
}

}  // namespace
}  // namespace ledd::viewer
