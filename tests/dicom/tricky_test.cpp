// What happens to every file of the collection of awkward DICOM: each folder or file alone, so that copies of
// one image in other files do not count as duplicates.
#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

#include "ledd/dicom/dicom.h"

#include "realdata.h"

namespace ledd::dicom {
namespace {

struct Expected {
  std::string path;  ///< Below dicom-tricky; a folder means all files in it.
  std::size_t used, ignored, refused;
  std::string reason;  ///< Part of the reason of each file that is not used; alternatives with |.
};

const std::vector<Expected>& table() {
  static const std::vector<Expected> rows{
#include "tricky_table.inc"
  };
  return rows;
}

bool mentions(const std::string& reason, const std::string& alternatives) {
  for (std::size_t from = 0; from <= alternatives.size();) {
    const std::size_t to = std::min(alternatives.find('|', from), alternatives.size());
    if (to > from && reason.find(alternatives.substr(from, to - from)) != std::string::npos) return true;
    from = to + 1;
  }
  return false;
}

TEST(Tricky, EveryFileIsDecidedAsTheTableSays) {
  LEDD_NEEDS_REALDATA("dicom-tricky");
  for (const Expected& row : table()) {
    SCOPED_TRACE(row.path);
    Context context({}, 2);
    const Index found = index({realdata() / "dicom-tricky" / row.path}, context);
    std::size_t used = 0;
    std::size_t ignored = 0;
    std::size_t refused = 0;
    for (const FileEntry& file : found.files) {
      used += file.decision == Decision::kUsed ? 1 : 0;
      ignored += file.decision == Decision::kIgnored ? 1 : 0;
      refused += file.decision == Decision::kRefused ? 1 : 0;
      if (file.decision != Decision::kUsed) {
        EXPECT_TRUE(mentions(file.reason, row.reason)) << file.reason;
      }
    }
    EXPECT_EQ(used, row.used);
    EXPECT_EQ(ignored, row.ignored);
    EXPECT_EQ(refused, row.refused);
    for (const Stack& stack : found.stacks) {
      if (!stack.problem.empty()) continue;
      EXPECT_NO_THROW(load(stack, context));
    }
  }
}

TEST(Tricky, TheTableCoversEveryFile) {
  LEDD_NEEDS_REALDATA("dicom-tricky");
  const std::filesystem::path root = realdata() / "dicom-tricky";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    const std::string path = entry.path().lexically_relative(root).string();
    bool covered = false;
    for (const Expected& row : table())
      covered = covered || path == row.path || path.starts_with(row.path + "/");
    EXPECT_TRUE(covered) << path;
  }
}

TEST(Tricky, AllTogetherEveryFileHasOneRowAndAReasonUnlessUsed) {
  LEDD_NEEDS_REALDATA("dicom-tricky");
  Context context({}, 2);
  const Index found = index({realdata() / "dicom-tricky"}, context);
  std::set<std::filesystem::path> rows;
  int there = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(realdata() / "dicom-tricky"))
    there += entry.is_regular_file() ? 1 : 0;
  for (const FileEntry& file : found.files) {
    EXPECT_TRUE(rows.insert(file.path).second) << file.path;
    EXPECT_EQ(file.reason.empty(), file.decision == Decision::kUsed) << file.path;
  }
  EXPECT_EQ(static_cast<int>(rows.size()), there);
}

}  // namespace
}  // namespace ledd::dicom
