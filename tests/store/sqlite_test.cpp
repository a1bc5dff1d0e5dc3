#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/store/store.h"

#include "folder.h"
#include "sample.h"
#include "small_disk.h"

namespace ledd::store {
namespace {

TEST(EndpointsSqlite, HoldsEveryMeasurementInTheColumnsOfTheTable) {
  const Folder folder;
  CaseEndpoints c = sample("b");
  c.info.site = "=1+1; DROP TABLE endpoint; --'";
  c.info.review = {"2026-05-31", "anna", "accepted"};
  files::write_bytes(endpoints_sqlite({c, sample("a")}), folder / "endpoints.sqlite");
  SQLite::Database database((folder / "endpoints.sqlite").string());
  EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
  SQLite::Statement all(database, "SELECT * FROM endpoints");
  std::string names;
  for (int n = 0; n < all.getColumnCount(); ++n)
    names += (n > 0 ? "," : "") + std::string(all.getColumnName(n));
  EXPECT_EQ(names + "\r\n", endpoints_csv({}));
  std::vector<std::string> seen;
  while (all.executeStep())
    seen.push_back(all.getColumn("case_id").getString() + " " + all.getColumn("region").getString() + " " +
                   (all.getColumn("value").isNull() ? "null" : all.getColumn("value").getString()));
  EXPECT_THAT(
      seen,
      ::testing::ElementsAre("a L1 25.375", "a L2 0.3", "a L3 null", "b L1 25.375", "b L2 0.3", "b L3 null"));
  SQLite::Statement site(database, "SELECT site FROM case_info WHERE case_id = 'b'");
  ASSERT_TRUE(site.executeStep());
  EXPECT_EQ(site.getColumn(0).getString(), c.info.site);
  SQLite::Statement review(database, "SELECT reviewed, reader, decision FROM endpoints WHERE case_id = 'b'");
  ASSERT_TRUE(review.executeStep());
  EXPECT_EQ(
      review.getColumn(0).getString() + review.getColumn(1).getString() + review.getColumn(2).getString(),
      "2026-05-31annaaccepted");
  SQLite::Statement exact(database, "SELECT value FROM endpoint WHERE region = 'L2'");
  ASSERT_TRUE(exact.executeStep());
  EXPECT_EQ(exact.getColumn(0).getDouble(), 0.1 + 0.2);
}

TEST(EndpointsSqlite, HoldsEachDefinitionOnce) {
  const Folder folder;
  files::write_bytes(endpoints_sqlite({sample("b"), sample("a")}), folder / "x");
  const SQLite::Database database((folder / "x").string());
  SQLite::Statement count(database, "SELECT count(*) FROM definition");
  ASSERT_TRUE(count.executeStep());
  EXPECT_EQ(count.getColumn(0).getInt(), 1);
}

TEST(EndpointsSqlite, IsTheSameBytesInWhateverOrderCasesCome) {
  EXPECT_EQ(endpoints_sqlite({sample("b"), sample("a")}), endpoints_sqlite({sample("a"), sample("b")}));
}

TEST(EndpointsSqlite, RefusesTwoCasesOfOneId) {
  EXPECT_THROW(endpoints_sqlite({sample("a"), sample("a")}), Error);
}

TEST(EndpointsSqlite, OnAFullDiskIsRefusedAndNothingIsLeft) {
  const SmallDisk disk(16U << 10U);
  LEDD_NEEDS_MOUNT(disk);
  std::vector<CaseEndpoints> cases;
  cases.reserve(300);
  for (int n = 0; n < 300; ++n) cases.push_back(sample("case-" + std::to_string(n)));
  const std::string bytes = endpoints_sqlite(cases);
  ASSERT_GT(bytes.size(), 16U << 10U);
  try {
    files::write_bytes(bytes, disk.folder() / "endpoints.sqlite");
    FAIL() << "wrote more than the disk holds";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kIo);
    EXPECT_THAT(e.what(), ::testing::HasSubstr("the disk is full"));
  }
  EXPECT_EQ(disk.folder().entries(), 0);
}

}  // namespace
}  // namespace ledd::store
