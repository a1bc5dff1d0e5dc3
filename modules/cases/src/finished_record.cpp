#include "finished_record.h"

#include <dirent.h>
#include <tbb/parallel_for.h>

#include <memory>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/isolation/archive.h"

namespace ledd::cases {

template <class Archive>
void fields(Archive& archive, FinishedRecord& r) {
  archive(r.case_id, r.pipeline, r.run_id, r.series, r.primary, r.images, r.version, r.superseded);
  archive(r.seconds, r.peak_mb);
}

namespace {

namespace fs = std::filesystem;

FinishedRecord short_part(const Provenance& p) {
  return {p.case_id,
          p.pipeline,
          p.run_id,
          p.series,
          p.used.empty() ? "" : p.used.front().series,
          p.images,
          p.case_version,
          p.supersedes,
          p.seconds,
          p.peak_mb};
}

std::optional<FinishedRecord> unpacked(std::string_view bytes) {
  try {
    FinishedRecord record;
    isolation::unpack(bytes, record);
    return record;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<FinishedRecord> finished_record(const fs::path& folder, PlanCache* known) {
  const fs::path file = folder / "provenance.json";
  const auto stamp = file_cache::stamp_of(file);
  if (!stamp) return std::nullopt;
  const std::string name = folder.filename().string();
  if (known != nullptr)
    if (const auto bytes = known->finished.find(name, *stamp))
      if (auto record = unpacked(*bytes)) return record;
  try {
    FinishedRecord record = short_part(parse_provenance(files::read_bytes(file)));
    if (known != nullptr) known->finished.keep(name, *stamp, isolation::packed(record));
    return record;
  } catch (const Error& e) {
    if (e.code() == Errc::kNotFound) return std::nullopt;  // moved away by another run since
    throw e.within(file.string());
  }
}

std::vector<ListedCase> list_cases(const fs::path& out) {
  std::vector<ListedCase> listed;
  const auto close = [](DIR* folder) { ::closedir(folder); };
  const std::unique_ptr<DIR, decltype(close)> folder(::opendir((out / "cases").c_str()), close);
  if (!folder) return listed;
  while (const dirent* entry = ::readdir(folder.get()))
    if (entry->d_name[0] != '.') listed.push_back({entry->d_name, entry->d_ino});
  return listed;
}

std::vector<FinishedRecord> finished_records(const fs::path& out, PlanCache* known) {
  const auto listed = list_cases(out);
  std::vector<std::optional<FinishedRecord>> found(listed.size());
  tbb::parallel_for(std::size_t{0}, listed.size(), [&](std::size_t i) {
    found[i] = finished_record(out / "cases" / listed[i].name, known);
  });
  std::vector<FinishedRecord> records;
  records.reserve(found.size());
  for (auto& one : found)
    if (one) records.push_back(std::move(*one));
  return records;
}

}  // namespace ledd::cases
