#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <set>
#include <span>
#include <system_error>
#include <utility>

#include "ledd/dicom/cached_index.h"
#include "ledd/dicom/dicom.h"

#include "dataset.h"
#include "duplicates.h"
#include "header.h"
#include "intake.h"
#include "intake_cache.h"
#include "stacks.h"

namespace ledd::dicom {
namespace {

namespace fs = std::filesystem;

/// Files to scan, and rows for what is no file.
struct Found {
  std::set<fs::path> files;
  std::vector<FileEntry> others;
};

void add_path(const fs::directory_entry& entry, Found& found, std::vector<fs::path>& folders) {
  std::error_code failed;
  const fs::path& path = entry.path();
  const bool is_link = entry.is_symlink(failed);
  if (!is_link && entry.is_regular_file(failed)) {  // listing told already
    found.files.insert(path);
    return;
  }
  const fs::file_status status = entry.status(failed);
  if (fs::is_regular_file(status)) {
    found.files.insert(path);
  } else if (fs::is_directory(status) && !is_link) {
    folders.push_back(path);
  } else if (fs::is_directory(status)) {
    found.others.push_back({path, Decision::kIgnored, {}, "a symbolic link to a folder, not followed"});
  } else if (is_link) {
    found.others.push_back({path, Decision::kIgnored, {}, "a symbolic link to nothing that can be read"});
  } else {
    found.others.push_back({path, Decision::kIgnored, {}, "neither a file nor a folder"});
  }
}

/// Lists a folder and all below it.
void walk(const fs::path& top, Found& found) {
  std::vector<fs::path> folders{top};
  while (!folders.empty()) {
    const fs::path folder = folders.back();
    folders.pop_back();
    std::error_code failed;
    fs::directory_iterator next(folder, failed);
    if (failed && folder == top)
      throw Error(Errc::kPermission,
                  fmt::format("{}: cannot be listed: {}", folder.string(), failed.message()));
    if (failed)
      found.others.push_back({folder,
                              Decision::kRefused,
                              {},
                              fmt::format("{}: cannot be listed: {}", folder.string(), failed.message())});
    while (!failed && next != fs::directory_iterator()) {
      add_path(*next, found, folders);
      next.increment(failed);
    }
  }
}

Found find(const std::vector<fs::path>& inputs) {
  Found found;
  for (const fs::path& input : inputs) {
    std::error_code failed;
    const fs::path path = input.lexically_normal();
    const fs::file_status status = fs::status(path, failed);
    require(fs::exists(status), Errc::kNotFound, fmt::format("{}: does not exist", input.string()));
    if (fs::is_directory(status))
      walk(path, found);
    else if (fs::is_regular_file(status))
      found.files.insert(path);
    else
      found.others.push_back({path, Decision::kIgnored, {}, "neither a file nor a folder"});
  }
  return found;
}

std::vector<Scanned> scan_all(const std::vector<fs::path>& paths, Intake& intake, const Context& context) {
  // A child answers for many files at once, so that it need not wait for the parent after each; small numbers
  // stay together, since starting a child takes longer than reading some headers.
  const std::size_t threads = static_cast<std::size_t>(std::max(1, context.threads()));
  const std::size_t batch = std::clamp<std::size_t>(paths.size() / (4 * threads), 16, 64);
  std::vector<Scanned> files(paths.size());
  tbb::parallel_for(std::size_t{0}, (paths.size() + batch - 1) / batch, [&](std::size_t b) {
    context.throw_if_cancelled();
    const std::size_t first = b * batch;
    const std::size_t count = std::min(batch, paths.size() - first);
    std::vector<Scanned> scanned = intake.scan(std::span(paths).subspan(first, count));
    std::move(scanned.begin(), scanned.end(), files.begin() + static_cast<std::ptrdiff_t>(first));
  });
  return files;
}

Index sort_out(const Found& found, Intake& intake, Context& context) {
  const std::vector<fs::path> paths(found.files.begin(), found.files.end());
  tbb::task_arena arena(std::max(1, context.threads()));
  std::vector<Scanned> files;
  arena.execute([&] {
    files = scan_all(paths, intake, context);
    settle_duplicates(files, intake);
  });
  Index result;
  result.stacks = group(files);
  result.files = found.others;
  for (Scanned& file : files) result.files.push_back(std::move(file.entry));
  std::sort(result.files.begin(), result.files.end(), [](const FileEntry& a, const FileEntry& b) {
    return a.path < b.path;
  });
  return result;
}

}  // namespace

std::string_view name_of(Decision decision) noexcept {
  switch (decision) {
    case Decision::kUsed: return "used";
    case Decision::kIgnored: return "ignored";
    case Decision::kRefused: return "refused";
  }
  return "?";
}

Index index(const std::vector<fs::path>& inputs, Context& context, Isolation isolation) {
  set_up_dcmtk();
  Intake intake(isolation, context);
  return sort_out(find(inputs), intake, context);
}

Index index(const std::vector<fs::path>& inputs, Context& context, file_cache::FileCache& known) {
  set_up_dcmtk();
  IntakeCache cache(known);
  Intake intake(Isolation::kOn, context, &cache);
  return sort_out(find(inputs), intake, context);
}

}  // namespace ledd::dicom
