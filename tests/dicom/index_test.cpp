#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/dicom/dicom.h"

#include "dicom_writer.h"

namespace ledd::dicom {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Field;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Picture;
using testing::pictures;
using testing::read_bytes;
using ::testing::SizeIs;
using testing::write_bytes;

Index index_of(const std::filesystem::path& path, int threads = 2) {
  Context context({}, threads);
  return index({path}, context);
}

FileEntry only_entry(const Folder& folder) {
  const Index found = index_of(folder.path());
  EXPECT_THAT(found.files, SizeIs(1));
  return found.files.empty() ? FileEntry{} : found.files[0];
}

/// What becomes of a file with these bytes.
FileEntry entry_of(const std::string& bytes) {
  const Folder folder;
  write_bytes(folder / "file", bytes);
  return only_entry(folder);
}

std::string sound_file() {
  const Folder folder;
  testing::write(pictures({.slices = 1})[0], folder / "file");
  return read_bytes(folder / "file");
}

/// ImageType (0008,0008), with which the writer's data sets begin.
const std::string kFirstElement(
    "\x08\x00\x08\x00"
    "CS",
    6);

/// A file that starts like `sound` but whose data set begins with `depth` sequences in each other.
std::string nested(const std::string& sound, unsigned depth) {
  const std::size_t dataset = sound.find(kFirstElement);
  const std::string open_sequence(
      "\x09\x00\x00\x10SQ\x00\x00\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF", 20);
  const std::string close_sequence("\xFE\xFF\x0D\xE0\x00\x00\x00\x00\xFE\xFF\xDD\xE0\x00\x00\x00\x00", 16);
  std::string bytes = sound.substr(0, dataset);
  for (unsigned i = 0; i < depth; ++i) bytes.append(open_sequence);
  for (unsigned i = 0; i < depth; ++i) bytes.append(close_sequence);
  bytes.append(sound, dataset);
  return bytes;
}

TEST(Index, FilesThatAreNoDicomAreIgnoredAsSuch) {
  EXPECT_EQ(entry_of("").reason, "not DICOM");
  EXPECT_EQ(entry_of("hello, this is a text of some length, but no image").reason, "not DICOM");
  EXPECT_EQ(entry_of(std::string(5000, '\0')).reason, "not DICOM");
  EXPECT_EQ(entry_of(std::string(5000, '\x08')).reason, "not DICOM");
  EXPECT_EQ(entry_of("\x89PNG\r\n\x1a\n and so on").decision, Decision::kIgnored);
}

TEST(Index, APrefixWithNothingBehindItIsRefused) {
  std::string bytes(132, '\0');
  bytes.replace(128, 4, "DICM");
  const FileEntry entry = entry_of(bytes);
  EXPECT_EQ(entry.decision, Decision::kRefused);
  EXPECT_THAT(entry.reason, HasSubstr("no data set"));
}

TEST(Index, OtherObjectsAreIgnoredWithWhatTheyAre) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"1.2.840.10008.5.1.4.1.1.88.33", "a structured report"},
      {"1.2.840.10008.5.1.4.1.1.66.4", "a segmentation"},
      {"1.2.840.10008.5.1.4.1.1.7", "a secondary capture"},
      {"1.2.840.10008.5.1.4.1.1.104.1", "a PDF document"},
      {"1.2.840.10008.5.1.4.1.1.481.3", "a radiotherapy object"},
      {"1.2.840.10008.5.1.4.1.1.30", "a parametric map"},
      {"1.2.3.4.5", "unknown to this version, 1.2.3.4.5"}};
  for (const auto& [uid, what] : cases) {
    const Folder folder;
    Picture picture = pictures({.slices = 1})[0];
    picture.attributes = {{"SOPClassUID", uid}};
    testing::write(picture, folder / "file");
    const FileEntry entry = only_entry(folder);
    EXPECT_EQ(entry.decision, Decision::kIgnored);
    EXPECT_THAT(entry.reason, HasSubstr(what));
  }
}

TEST(Index, LocalizersAndObjectsWithoutGeometryAreIgnored) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 2});
  all[0].attributes = {{"ImageType", "ORIGINAL\\PRIMARY\\LOCALIZER"}};
  all[1].attributes = {{"ImagePositionPatient", "-"}, {"ImageOrientationPatient", "-"}};
  testing::write(all, folder.path());
  const Index found = index_of(folder.path());
  ASSERT_THAT(found.files, SizeIs(2));
  EXPECT_THAT(found.files, Each(Field(&FileEntry::decision, Decision::kIgnored)));
  EXPECT_THAT(found.files[0].reason, HasSubstr("localizer"));
  EXPECT_THAT(found.files[1].reason, HasSubstr("without geometry"));
  EXPECT_THAT(found.stacks, IsEmpty());
}

TEST(Index, ALocalizerOfSeveralSlicesIsAStackThatSaysSo) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 3});
  for (auto& one : all) one.attributes = {{"ImageType", "ORIGINAL\\PRIMARY\\LOCALIZER"}};
  testing::write(all, folder.path());
  const Index found = index_of(folder.path());
  ASSERT_THAT(found.stacks, SizeIs(1));
  EXPECT_TRUE(found.stacks[0].localizer);
  EXPECT_EQ(found.stacks[0].problem, "");
  EXPECT_THAT(found.files, Each(Field(&FileEntry::decision, Decision::kUsed)));
}

TEST(Index, ALocalizerThatIsNoVolumeIsIgnoredAndSpoilsNothing) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 3});
  auto localizer = pictures({.slices = 5, .start_lps_mm = {0, 0, 50}}).back();
  localizer.sop_uid = "1.2.3.77";
  localizer.attributes = {{"ImageType", "ORIGINAL\\PRIMARY\\LOCALIZER"}, {"PixelSpacing", "0\\0"}};
  all.push_back(localizer);
  testing::write(all, folder.path());
  const Index found = index_of(folder.path());
  ASSERT_THAT(found.stacks, SizeIs(1));
  EXPECT_FALSE(found.stacks[0].localizer);
  EXPECT_EQ(found.stacks[0].problem, "");
  EXPECT_EQ(found.files[3].decision, Decision::kIgnored);
  EXPECT_THAT(found.files[3].reason, AllOf(HasSubstr("a localizer"), HasSubstr("PixelSpacing")));
}

TEST(Index, ALocalizerOfCtIsAProjectionAndIgnored) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 3});
  for (auto& one : all) one.attributes = {{"ImageType", "ORIGINAL\\PRIMARY\\LOCALIZER"}, {"Modality", "CT"}};
  testing::write(all, folder.path());
  const Index found = index_of(folder.path());
  EXPECT_THAT(found.stacks, IsEmpty());
  EXPECT_THAT(found.files, Each(Field(&FileEntry::decision, Decision::kIgnored)));
}

TEST(Index, ScanOptionsAreReadAsTheyStand) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 3});
  for (auto& one : all) one.attributes = {{"ScanOptions", "PFP\\FS"}};
  testing::write(all, folder.path());
  EXPECT_EQ(index_of(folder.path()).stacks.at(0).scan_options, "PFP\\FS");
}

TEST(Index, AFileWithoutPreambleIsRead) {
  const Folder folder;
  testing::write(pictures({.slices = 3}), folder.path());
  const auto path = folder / "0001.dcm";
  const std::string bytes = read_bytes(path);
  write_bytes(path, bytes.substr(132));
  EXPECT_EQ(index_of(folder.path()).stacks.at(0).problem, "");
  write_bytes(path, bytes.substr(bytes.find(kFirstElement)));
  const Index found = index_of(folder.path());
  EXPECT_EQ(found.stacks.at(0).problem, "");
  EXPECT_THAT(found.stacks.at(0).slices, SizeIs(3));
}

TEST(Index, EveryCutIsDecidedAndNoneIsUsed) {
  const Folder folder;
  testing::write(pictures({.slices = 3}), folder.path());
  const std::string bytes = read_bytes(folder / "0002.dcm");
  for (std::size_t keep = 0; keep < bytes.size(); ++keep) {
    write_bytes(folder / "0002.dcm", bytes.substr(0, keep));
    const Index found = index_of(folder.path());
    ASSERT_THAT(found.files, SizeIs(3));
    EXPECT_NE(found.files[2].decision, Decision::kUsed) << keep;
    if (keep >= 132) {
      EXPECT_EQ(found.files[2].decision, Decision::kRefused) << keep;
    }
  }
}

TEST(Index, CutPixelDataRefuseTheSeries) {
  const Folder folder;
  testing::write(pictures({.slices = 4}), folder.path());
  const auto path = folder / "0003.dcm";
  const std::string bytes = read_bytes(path);
  write_bytes(path, bytes.substr(0, bytes.size() - 10));
  const Index found = index_of(folder.path());
  ASSERT_THAT(found.stacks, SizeIs(1));
  EXPECT_THAT(
      found.stacks[0].problem,
      AllOf(HasSubstr("0003.dcm"), HasSubstr("(7FE0,0010) claims 40 bytes"), HasSubstr("ends 30 bytes")));
  EXPECT_THAT(found.files, Each(Field(&FileEntry::decision, Decision::kRefused)));
}

TEST(Index, ShortPixelDataRefuseTheSeries) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 4});
  all[1].words.resize(18);
  testing::write(all, folder.path());
  EXPECT_THAT(index_of(folder.path()).stacks.at(0).problem,
              AllOf(HasSubstr("0001.dcm: PixelData (7fe0,0010) is '36 bytes'"), HasSubstr("need 40 bytes")));
}

TEST(Index, AHeaderThatLiesAboutItsSizeIsRefused) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 2});
  for (Picture& p : all) p.attributes = {{"Rows", "65535"}, {"Columns", "65535"}};
  testing::write(all, folder.path());
  EXPECT_THAT(index_of(folder.path()).stacks.at(0).problem, HasSubstr("Rows (0028,0010) is '65535'"));
}

TEST(Index, NestingThatWouldCrashAParserIsRefused) {
  const std::string sound = sound_file();
  EXPECT_THAT(entry_of(nested(sound, 30)).reason, HasSubstr("only slice"));
  const FileEntry bomb = entry_of(nested(sound, 20000));
  EXPECT_EQ(bomb.decision, Decision::kRefused);
  EXPECT_THAT(bomb.reason, HasSubstr("nests sequences more than 32 deep"));
}

TEST(Index, ATransferSyntaxThatCannotBeDecodedIsNamed) {
  std::string bytes = sound_file();
  const std::string plain(
      "\x14\x00"
      "1.2.840.10008.1.2.1\x00",
      22);
  const std::string jpeg_2000(
      "\x16\x00"
      "1.2.840.10008.1.2.4.90",
      24);
  const std::size_t at = bytes.find(plain);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, plain.size(), jpeg_2000);
  const FileEntry entry = entry_of(bytes);
  EXPECT_EQ(entry.decision, Decision::kRefused);
  EXPECT_THAT(entry.reason, AllOf(HasSubstr("1.2.840.10008.1.2.4.90"), HasSubstr("JPEG 2000")));
}

TEST(Index, CopiesCountOnce) {
  const Folder folder;
  testing::Series series = testing::compressible_series();
  series.slices = 3;
  testing::write(pictures(series), folder.path());
  std::filesystem::copy_file(folder / "0001.dcm", folder / "copy.dcm");
  Picture packed = pictures(series)[2];
  packed.syntax = testing::Syntax::kJpegLs;
  testing::write(packed, folder / "packed.dcm");
  const Index found = index_of(folder.path());
  ASSERT_THAT(found.files, SizeIs(5));
  EXPECT_EQ(found.files[3].decision, Decision::kIgnored);
  EXPECT_THAT(found.files[3].reason, AllOf(HasSubstr("duplicate of "), HasSubstr("0001.dcm")));
  EXPECT_THAT(found.files[4].reason, AllOf(HasSubstr("duplicate of "), HasSubstr("0002.dcm")));
  EXPECT_EQ(found.stacks.at(0).problem, "");
  EXPECT_THAT(found.stacks.at(0).slices, SizeIs(3));
}

TEST(Index, CopiesThatDifferAreBothRefused) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 3});
  testing::write(all, folder.path());
  all[1].words[7] = 9;
  testing::write(all[1], folder / "other.dcm");
  const Index found = index_of(folder.path());
  ASSERT_THAT(found.files, SizeIs(4));
  EXPECT_THAT(found.files[1].reason, AllOf(HasSubstr("SOPInstanceUID (0008,0018)"), HasSubstr("other.dcm")));
  EXPECT_THAT(found.files[3].reason, AllOf(HasSubstr("SOPInstanceUID (0008,0018)"), HasSubstr("0001.dcm")));
  EXPECT_THAT(found.files, Each(Field(&FileEntry::decision, Decision::kRefused)));
}

TEST(Index, FoldersAreWalkedAndLinksToFoldersAreNot) {
  const Folder folder;
  std::filesystem::create_directories(folder / "a/b");
  testing::write(pictures({.slices = 2}), folder / "a/b");
  std::filesystem::create_directory_symlink(folder.path(), folder / "a/loop");
  const Index found = index_of(folder.path());
  ASSERT_THAT(found.files, SizeIs(3));
  EXPECT_TRUE(std::is_sorted(
      found.files.begin(), found.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; }));
  EXPECT_THAT(found.files[2].reason, HasSubstr("symbolic link"));
}

TEST(Index, AFileGivenTwiceCountsOnce) {
  const Folder folder;
  testing::write(pictures({.slices = 2}), folder.path());
  Context context;
  EXPECT_THAT(index({folder.path(), folder / "0000.dcm", folder / "./0001.dcm"}, context).files, SizeIs(2));
}

TEST(Index, AMissingInputIsAnError) {
  Context context;
  try {
    index({"/nowhere/at/all"}, context);
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kNotFound);
    EXPECT_THAT(e.what(), HasSubstr("/nowhere/at/all"));
  }
}

TEST(Index, TextIsUtf8WhateverTheCharacterSet) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 2});
  for (Picture& p : all)
    p.attributes = {{"SpecificCharacterSet", "ISO_IR 100"},
                    {"SeriesDescription",
                     "R\xFC"
                     "cken"}};
  testing::write(all, folder.path());
  EXPECT_EQ(index_of(folder.path()).stacks.at(0).series_description,
            "R\xC3\xBC"
            "cken");
}

TEST(Index, WhatDerivedObjectsRepeatOfPatientAndStudyIsKept) {
  const testing::Folder folder;
  std::vector<Picture> all = pictures({.slices = 2});
  for (Picture& p : all)
    p.attributes = {
        {"PatientName", "One^Test"}, {"PatientID", "P1"}, {"AccessionNumber", ""}, {"StudyID", "7"}};
  write(all, folder.path());
  Context context;
  const Index found = index({folder.path()}, context);
  ASSERT_EQ(found.stacks.size(), 1U);
  std::string text;
  for (const HeaderValue& value : found.stacks[0].patient_study)
    text += fmt::format("{:04x}{:04x}={};", value.group, value.element, value.value);
  EXPECT_THAT(text, HasSubstr("00080050=;"));  // present without a value is not the same as absent
  EXPECT_THAT(text, HasSubstr("00100010=One^Test;00100020=P1;"));
  EXPECT_THAT(text, HasSubstr("00200010=7;"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("00101030")));
}

TEST(Index, NumberOfThreadsChangesNothing) {
  const Folder folder;
  for (int s = 0; s < 6; ++s) {
    const auto to = folder / std::to_string(s);
    std::filesystem::create_directory(to);
    testing::write(pictures({.slices = 7, .uid = "1.2.3." + std::to_string(s + 1)}), to);
  }
  write_bytes(folder / "note.txt", "not an image at all");
  const Index one = index_of(folder.path(), 1);
  const Index two = index_of(folder.path(), 2);
  ASSERT_EQ(one.files.size(), two.files.size());
  for (std::size_t i = 0; i < one.files.size(); ++i) {
    EXPECT_EQ(one.files[i].path, two.files[i].path);
    EXPECT_EQ(one.files[i].decision, two.files[i].decision);
    EXPECT_EQ(one.files[i].stack_id, two.files[i].stack_id);
    EXPECT_EQ(one.files[i].reason, two.files[i].reason);
  }
  ASSERT_THAT(one.stacks, SizeIs(6));
  ASSERT_THAT(two.stacks, SizeIs(6));
  for (std::size_t s = 0; s < 6; ++s) {
    EXPECT_EQ(one.stacks[s].id, two.stacks[s].id);
    for (std::size_t k = 0; k < 7; ++k) EXPECT_EQ(one.stacks[s].slices[k].path, two.stacks[s].slices[k].path);
  }
}

}  // namespace
}  // namespace ledd::dicom
