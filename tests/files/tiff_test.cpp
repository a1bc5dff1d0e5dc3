#include "ledd/files/tiff.h"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "folder.h"
#include "realdata.h"
#include "tiff.h"

namespace ledd {
namespace {

using ledd::testing::tiff_bytes;
using ledd::testing::TiffPages;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

template <class Number>
std::string raw(const std::vector<Number>& values) {
  std::string bytes(values.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::string refusal(const std::vector<fs::path>& files, Errc code = Errc::kFormat) {
  try {
    files::read_tiff(files, 0.02);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  return "read";
}

std::string refusal(const TiffPages& pages, Errc code = Errc::kFormat) {
  const Folder folder;
  files::write_bytes(tiff_bytes(pages), folder / "a.tif");
  return refusal(std::vector<fs::path>{folder / "a.tif"}, code);
}

TEST(Tiff, EveryKindOfNumberIsReadAsItStands) {
  const Folder folder;
  struct Kind {
    std::uint16_t bits, format;
    std::string bytes;
    float first, last;
  };
  const std::vector<Kind> kinds{{8, 1, raw<std::uint8_t>({200, 1, 2, 3, 4, 5}), 200, 5},
                                {8, 2, raw<std::int8_t>({-100, 1, 2, 3, 4, 5}), -100, 5},
                                {16, 1, raw<std::uint16_t>({60000, 1, 2, 3, 4, 5}), 60000, 5},
                                {16, 2, raw<std::int16_t>({-3000, 1, 2, 3, 4, 5}), -3000, 5},
                                {32, 1, raw<std::uint32_t>({100000, 1, 2, 3, 4, 5}), 100000, 5},
                                {32, 2, raw<std::int32_t>({-100000, 1, 2, 3, 4, 5}), -100000, 5},
                                {32, 3, raw<float>({-0.5F, 1, 2, 3, 4, 5.25F}), -0.5F, 5.25F}};
  for (const Kind& kind : kinds) {
    files::write_bytes(tiff_bytes({3, 2, kind.bits, 1, kind.format, 1, {kind.bytes}}), folder / "a.tif");
    const auto volume = files::read_tiff({folder / "a.tif"}, 0.02);
    EXPECT_EQ(volume->GetLargestPossibleRegion().GetSize(), (Volume::SizeType{3, 2, 1}));
    EXPECT_EQ(volume->GetPixel({0, 0, 0}), kind.first) << kind.bits << " " << kind.format;
    EXPECT_EQ(volume->GetPixel({2, 1, 0}), kind.last) << kind.bits << " " << kind.format;
    EXPECT_EQ(volume->GetSpacing()[1], 0.02);
  }
}

TEST(Tiff, PagesOfOneFileAndFilesOfOnePageAreSlices) {
  const Folder folder;
  const std::vector<std::string> pages{std::string(12, 'a'), std::string(12, 'b'), std::string(12, 'c')};
  TiffPages file;
  file.pages = pages;
  files::write_bytes(tiff_bytes(file), folder / "all.tif");
  std::vector<fs::path> single;
  for (std::size_t n = 0; n < pages.size(); ++n) {
    file.pages = {pages[n]};
    single.push_back(folder / ("s" + std::to_string(n) + ".TIFF"));
    files::write_bytes(tiff_bytes(file), single.back());
  }
  for (const auto& volume : {files::read_tiff({folder / "all.tif"}, 0.02), files::read_tiff(single, 0.02)}) {
    ASSERT_EQ(volume->GetLargestPossibleRegion().GetSize(2), 3U);
    for (long z = 0; z < 3; ++z) EXPECT_EQ(volume->GetPixel({3, 2, z}), static_cast<float>('a' + z));
  }
}

std::vector<std::string> names(const files::TiffStack& stack) {
  std::vector<std::string> all;
  for (const auto& file : stack.files) all.push_back(file.filename().string());
  return all;
}

TEST(Tiff, SlicesAreOrderedByTheirNumberAndNotByTheAlphabet) {
  const auto stacks = files::tiff_stacks({"d/s10.tif", "d/s9.tif", "d/s8.tif", "d/other.tif", "e/s11.tif"});
  ASSERT_EQ(stacks.size(), 3U);
  std::vector<std::vector<std::string>> all;
  for (const auto& stack : stacks) {
    EXPECT_EQ(stack.problem, "");
    all.push_back(names(stack));
  }
  EXPECT_THAT(
      all,
      ::testing::UnorderedElementsAre(
          ElementsAre("s8.tif", "s9.tif", "s10.tif"), ElementsAre("other.tif"), ElementsAre("s11.tif")));
}

TEST(Tiff, NumbersThatAreMissingOrTwiceAreAProblem) {
  EXPECT_THAT(files::tiff_stacks({"d/s1.tif", "d/s2.tif", "d/s5.tif"})[0].problem,
              HasSubstr("after s2.tif the numbers 3 to 4 are missing"));
  EXPECT_THAT(files::tiff_stacks({"d/s1.tif", "d/s01.tif"})[0].problem, HasSubstr("have the same number"));
}

TEST(Tiff, WhatIsNoMeasuredGreyIsRefused) {
  TiffPages colour;
  colour.samples = 3;
  colour.photometric = 2;
  colour.pages = {std::string(36, 'a')};
  EXPECT_THAT(refusal(colour, Errc::kUnsupported), HasSubstr("colours"));
  TiffPages inverted;
  inverted.photometric = 0;
  inverted.pages = {std::string(12, 'a')};
  EXPECT_THAT(refusal(inverted, Errc::kUnsupported), HasSubstr("white is 0"));
  TiffPages bits;
  bits.bits = 1;
  bits.pages = {std::string(3, 'a')};
  EXPECT_THAT(refusal(bits, Errc::kUnsupported), HasSubstr("pixels of 1 bits"));
}

TEST(Tiff, DamagedFilesAreRefusedByName) {
  const Folder folder;
  TiffPages good;
  good.pages = {std::string(12, 'a'), std::string(12, 'b')};
  const std::string bytes = tiff_bytes(good);
  // wherever it is cut: an error, never a crash or a short read
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    std::ofstream(folder / "cut.tif", std::ios::binary) << bytes.substr(0, length);
    const std::vector<fs::path> cut{folder / "cut.tif"};
    EXPECT_THAT(refusal(cut), HasSubstr("cut.tif: ")) << length;
  }
  files::write_bytes("no picture", folder / "text.tif");
  EXPECT_THAT(refusal(std::vector<fs::path>{folder / "text.tif"}), HasSubstr("not a TIFF file"));
  EXPECT_THAT(refusal(std::vector<fs::path>{folder / "none.tif"}, Errc::kNotFound), HasSubstr("none.tif"));
  TiffPages huge;
  huge.columns = 100000;
  huge.pages = {std::string(12, 'a')};
  EXPECT_THAT(refusal(huge), HasSubstr("cannot be"));
  TiffPages lies;  // more rows than there are bytes
  lies.rows = 60000;
  lies.columns = 60000;
  lies.pages = {std::string(12, 'a')};
  EXPECT_THAT(refusal(lies), HasSubstr("are stored"));
}

TEST(Tiff, SlicesOfDifferentSizesOrKindsAreRefused) {
  const Folder folder;
  TiffPages a, b;
  a.pages = {std::string(12, 'a')};
  b.columns = 5;
  b.pages = {std::string(15, 'a')};
  files::write_bytes(tiff_bytes(a), folder / "s1.tif");
  files::write_bytes(tiff_bytes(b), folder / "s2.tif");
  EXPECT_THAT(refusal({folder / "s1.tif", folder / "s2.tif"}),
              AllOf(HasSubstr("s2.tif: 5 x 3 pixels of 8 bits, but the first slice has 4 x 3")));
  a.pages.push_back(a.pages[0]);
  files::write_bytes(tiff_bytes(a), folder / "s2.tif");
  EXPECT_THAT(refusal({folder / "s1.tif", folder / "s2.tif"}), HasSubstr("more than one page"));
}

TEST(Tiff, APixelThatIsNotFiniteIsRefused) {
  TiffPages pages{2, 1, 32, 1, 3, 1, {raw<float>({1.0F, std::numeric_limits<float>::quiet_NaN()})}};
  EXPECT_THAT(refusal(pages), HasSubstr("not finite"));
}

TEST(Tiff, ARealStackIsRead) {
  LEDD_NEEDS_REALDATA("bone/microct-trabecular/3155_D_4_bc_0000.tif");
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(realdata() / "bone/microct-trabecular"))
    if (files::is_tiff_file(entry.path())) all.push_back(entry.path());
  const auto stacks = files::tiff_stacks(all);
  ASSERT_EQ(stacks.size(), 1U);
  EXPECT_EQ(stacks[0].problem, "");
  const auto header = files::read_tiff_header(stacks[0].files);
  EXPECT_EQ(header, (files::TiffHeader{200, 200, 200, 8, false, false}));
  const auto volume = files::read_tiff(stacks[0].files, 0.0195);
  EXPECT_EQ(*std::max_element(volume->GetBufferPointer(), volume->GetBufferPointer() + 40000), 214.0F);
}

}  // namespace
}  // namespace ledd
