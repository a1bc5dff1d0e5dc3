#include <gmock/gmock.h>

#include "ledd/core/error.h"

#include "network.h"

namespace {

using ledd::Error;
using ledd::dicom_network::data_set_digest;
using ledd::dicom_network::parse_peer;
using ledd::testing::Folder;

TEST(Peer, HasTitleHostAndPort) {
  const auto peer = parse_peer("PACS 1@pacs.example:104");
  EXPECT_EQ(peer.aet, "PACS 1");
  EXPECT_EQ(peer.host, "pacs.example");
  EXPECT_EQ(peer.port, 104);
  EXPECT_EQ(parse_peer("P@[::1]:1").host, "::1");
}

TEST(Peer, IsRefusedWhenAPartIsMissingOrCannotBe) {
  for (const char* text : {"",
                           "PACS",
                           "PACS@host",
                           "PACS@:104",
                           "@host:104",
                           "PACS@host:",
                           "PACS@host:0",
                           "PACS@host:65536",
                           "PACS@host:10x",
                           "A\\B@host:104",
                           "   @host:104",
                           "SEVENTEEN-LETTERS@host:104",
                           "P\nQ@h:1"})
    EXPECT_THROW(parse_peer(text), Error) << text;
}

struct Digest : testing::Test {
  Folder folder;
  ledd::testing::Picture picture() const {
    ledd::testing::Picture picture;
    picture.columns = picture.rows = 16;
    picture.sop_uid = "1.2.3.4";
    for (unsigned n = 0; n < 256; ++n) picture.words.push_back(static_cast<std::uint16_t>(n * 7));
    return picture;
  }
  std::string of(const ledd::testing::Picture& picture) const {
    write(picture, folder / "x.dcm");
    return data_set_digest(folder / "x.dcm");
  }
};

TEST_F(Digest, IsTheSameInEveryUncompressedTransferSyntax) {
  auto picture = this->picture();
  const std::string explicit_digest = of(picture);
  picture.syntax = ledd::testing::Syntax::kImplicit;
  EXPECT_EQ(of(picture), explicit_digest);
  picture.syntax = ledd::testing::Syntax::kBigEndian;
  EXPECT_EQ(of(picture), explicit_digest);
}

TEST_F(Digest, ChangesWithAPixelAndWithAnAttribute) {
  auto picture = this->picture();
  const std::string before = of(picture);
  picture.words[200] ^= 1U;
  EXPECT_NE(of(picture), before);
  picture.words[200] ^= 1U;
  EXPECT_EQ(of(picture), before);
  picture.attributes.push_back({"PatientID", "P2"});
  EXPECT_NE(of(picture), before);
}

TEST_F(Digest, ReadsTheFragmentsOfCompressedPixels) {
  auto picture = this->picture();
  picture.syntax = ledd::testing::Syntax::kRle;
  const std::string before = of(picture);
  picture.words[200] ^= 1U;
  EXPECT_NE(of(picture), before);
}

}  // namespace
