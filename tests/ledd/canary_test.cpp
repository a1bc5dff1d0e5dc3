// A file with a token in every attribute that may name a person, through everything Ledd does with it.
#include <gmock/gmock.h>
#include <zlib.h>

#include "canaries.h"
#include "program.h"

namespace {

using ledd::deidentification::Canaries;
using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::ledd;
using ledd::testing::tree;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

/// What zlib makes of bytes from `at` on; "" where there is no such stream.
std::string inflated(const std::string& bytes, std::size_t at) {
  z_stream stream{};
  constexpr int kAnyHeader = 15 + 32;  // zlib or gzip
  if (inflateInit2(&stream, kAnyHeader) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + at));
  stream.avail_in = static_cast<uInt>(bytes.size() - at);
  std::string plain;
  std::array<char, 65536> block{};
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = block.size();
    status = inflate(&stream, Z_NO_FLUSH);
    plain.append(block.data(), block.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END ? plain : std::string();
}

/// The bytes of a file, and what its compressed parts hold: gzip, and the streams of a PDF.
std::string opened(const std::string& bytes) {
  std::string all = bytes + inflated(bytes, 0);
  for (std::size_t at = bytes.find("stream\r\n"); at != std::string::npos;
       at = bytes.find("stream\r\n", at + 8))
    all += inflated(bytes, at + 8);
  return all;
}

class Canary : public ::testing::Test {
 protected:
  Canary() {
    for (int k = 0; k < 6; ++k) {
      canaries_ = ledd::deidentification::canaries(EXS_LittleEndianExplicit, [k](DcmDataset& d) {
        d.putAndInsertString(DCM_SOPInstanceUID, fmt::format("1.2.3.1.{}", k + 1).c_str());
        d.putAndInsertString(DCM_ImagePositionPatient, fmt::format("{}\\0\\0", 4 * k).c_str());
        d.putAndInsertString(DCM_ImageOrientationPatient, "0\\1\\0\\0\\0\\-1");
        d.putAndInsertString(DCM_PixelSpacing, "1\\1");
      });
      fs::create_directories(folder_ / "in/QZXFOLDER");
      ledd::files::write_bytes(canaries_.bytes, folder_ / fmt::format("in/QZXFOLDER/{}.dcm", k));
    }
    canaries_.dead.emplace_back("QZXFOLDER");
  }

  /// Tokens in any file below a folder, in its name, or in what a program said.
  std::vector<std::string> found(const std::string& folder, const Ended& said) {
    std::vector<std::string> all;
    std::string text = opened(said.out) + said.err;
    for (const auto& [name, bytes] : tree(folder_ / folder, true)) text += name + opened(bytes);
    for (const std::string& token : canaries_.dead)
      if (text.find(token) != std::string::npos) all.push_back(token);
    return all;
  }

  Folder folder_;
  Canaries canaries_;
};

TEST_F(Canary, NoneComesThroughDeIdentificationAndWhatIsMadeFromIt) {
  ASSERT_GE(canaries_.dead.size(), 700U);
  const Ended deid =
      ledd({"deid", folder_ / "in", "-o", folder_ / "out", "--key", folder_ / "site.key", "--new-key"});
  ASSERT_EQ(deid.exit, 0) << deid.out << deid.err;
  EXPECT_THAT(found("out", deid), IsEmpty());
  const Ended run = ledd({"run",
                          "threshold",
                          folder_ / "out",
                          "-o",
                          folder_ / "results",
                          "-v",
                          "--json",
                          "--log-file",
                          folder_ / "results.log"});
  ASSERT_EQ(run.exit, 0) << run.err;
  EXPECT_THAT(found("results", run), IsEmpty());
  EXPECT_THAT(found("results", ledd({"inspect", folder_ / "out"})), IsEmpty());
  fs::create_directories(folder_ / "log");
  fs::rename(folder_ / "results.log", folder_ / "log/results.log");
  EXPECT_THAT(found("log", {}), IsEmpty());
  std::cout << canaries_.dead.size() << " canaries, 0 in " << tree(folder_ / "results", true).size()
            << " files of results\n";
}

TEST_F(Canary, NoneIsInResultsThatAreNamedByTheKey) {
  ASSERT_EQ(
      ledd({"deid", folder_ / "in", "-o", folder_ / "out", "--key", folder_ / "site.key", "--new-key"}).exit,
      0);
  ASSERT_EQ(ledd({"run", "threshold", folder_ / "out", "-o", folder_ / "of_copies"}).exit, 0);
  const Ended run =
      ledd({"run", "threshold", folder_ / "in", "-o", folder_ / "results", "--key", folder_ / "site.key"});
  ASSERT_EQ(run.exit, 0) << run.err;
  EXPECT_THAT(found("results", {}), IsEmpty());
  // One mapping: the table is the same as that of the de-identified copies, but for the case's id.
  const auto row = [&](const std::string& folder) {
    const std::string table = ::ledd::files::read_bytes(folder_ / (folder + "/endpoints.csv"));
    const std::size_t line = table.find('\n') + 1;
    return table.substr(table.find(',', line));
  };
  EXPECT_THAT(row("results"), HasSubstr(",S0001,"));
  EXPECT_EQ(row("results"), row("of_copies"));
  const Ended again =
      ledd({"run", "threshold", folder_ / "in", "-o", folder_ / "results", "--key", folder_ / "site.key"});
  EXPECT_THAT(again.out, HasSubstr("cached 1"));
}

TEST_F(Canary, ARefusedCaseNamesNobodyEither) {
  fs::remove(folder_ / "in/QZXFOLDER/2.dcm");
  ASSERT_EQ(
      ledd({"deid", folder_ / "in", "-o", folder_ / "out", "--key", folder_ / "site.key", "--new-key"}).exit,
      0);
  const Ended run =
      ledd({"run", "threshold", folder_ / "in", "-o", folder_ / "results", "--key", folder_ / "site.key"});
  EXPECT_EQ(run.exit, 65) << run.err;
  EXPECT_THAT(found("results", {}), IsEmpty());
}

}  // namespace
