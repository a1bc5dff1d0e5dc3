#include "whole_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <system_error>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

[[noreturn]] void fail(const fs::path& path, int error) {
  const Errc code = error == EACCES || error == EPERM                    ? Errc::kPermission
                    : error == ENOSPC || error == EDQUOT || error == EIO ? Errc::kIo
                                                                         : Errc::kCreate;
  throw Error(code, fmt::format("{}: {}", path.string(), std::generic_category().message(error)));
}

std::string manifest_of(const std::vector<store::TableFile>& files) {
  Json digests = Json::object();
  for (const auto& file : files) digests[file.name] = files::sha256(file.bytes);
  return Json{{"format", 1}, {"written_by", "ledd export"}, {"files", digests}}.dump(1) + "\n";
}

/// Whether the folder holds what its manifest lists, and nothing else.
bool is_ours(const fs::path& folder, const std::string& manifest) {
  if (!fs::is_regular_file(folder / manifest)) return false;
  std::map<std::string, std::string> digests;
  try {
    digests = Json::parse(files::read_bytes(folder / manifest)).at("files").get<decltype(digests)>();
  } catch (const Json::exception&) {
    return false;
  }
  std::size_t found = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name == manifest) continue;
    const auto digest = digests.find(name);
    if (digest == digests.end() || !entry.is_regular_file() ||
        files::sha256_of_file(entry.path()) != digest->second)
      return false;
    ++found;
  }
  return found == digests.size();
}

/// @throws Error{kCreate}  it must not be replaced.
void require_ours_or_nothing(const fs::path& to, const std::string& manifest) {
  const auto status = fs::symlink_status(to);
  if (!fs::exists(status)) return;
  require(fs::is_directory(status), Errc::kCreate, to.string() + ": is there, and is no folder");
  require(
      fs::is_empty(to) || is_ours(to, manifest),
      Errc::kCreate,
      to.string() + ": holds files that no export wrote, or that were changed since; name another folder");
}

/// A folder in the making; goes with this object unless it got its name.
class Making {
 public:
  explicit Making(const fs::path& to)
      : path_(to.parent_path() / fmt::format(".{}.tmp-{}", to.filename().string(), ::getpid())) {
    std::error_code error;
    fs::create_directories(path_.parent_path(), error);
    if (!error) fs::remove_all(path_, error);
    if (!error) fs::create_directory(path_, error);
    if (error) fail(path_.parent_path(), error.value());
  }
  ~Making() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  const fs::path& path() const { return path_; }

  /// The old folder, if there is one, ends under the temporary name, in one step.
  void become(const fs::path& to, const std::string& manifest) {
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return;
    if (errno != ENOENT && errno != EINVAL && errno != ENOSYS) fail(to, errno);
    require_ours_or_nothing(to, manifest);
    if (fs::exists(to)) fs::remove_all(to);  // a file system that cannot exchange
    if (::rename(path_.c_str(), to.c_str()) != 0) fail(to, errno);
  }

 private:
  fs::path path_;
};

void sync_parent(const fs::path& to) {
  const int folder = ::open(to.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail(to.parent_path(), errno);
  const int result = ::fsync(folder);
  const int error = errno;
  ::close(folder);
  if (result != 0 && error != EINVAL && error != ENOTSUP) fail(to.parent_path(), error);
}

}  // namespace

void write_whole_folder(const std::vector<store::TableFile>& files,
                        const std::string& manifest,
                        const fs::path& to) {
  fs::path named = fs::absolute(to).lexically_normal();
  if (!named.has_filename()) named = named.parent_path();  // a path that ends in '/'
  require_ours_or_nothing(named, manifest);
  Making making(named);
  for (const auto& file : files) files::write_bytes(file.bytes, making.path() / file.name);
  files::write_bytes(manifest_of(files), making.path() / manifest);
  making.become(named, manifest);
  sync_parent(named);
}

}  // namespace ledd::cases
