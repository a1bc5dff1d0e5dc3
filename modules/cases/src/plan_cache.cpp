#include "ledd/cases/plan_cache.h"

#include <fmt/format.h>

#include "ledd/core/error.h"
#include "ledd/dicom/cached_index.h"

#include "cache.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kBetweenSaves{2};

/// What reads images is part of this program.
std::string image_kind() {
  const auto program = file_cache::stamp_of("/proc/self/exe").value_or(file_cache::Stamp{});
  return fmt::format("image facts 1 by a program of {} bytes made at {}", program.size, program.mtime_ns);
}

/// Without the program that reads headers there is nothing to know; whoever needs it says what is missing.
std::string header_kind() {
  try {
    return dicom::intake_kind();
  } catch (const Error&) {
    return "";
  }
}

file_cache::FileCache::Params cache_file(const PlanCache::Params& params,
                                         bool wanted,
                                         const char* name,
                                         std::string kind) {
  const bool used = wanted && !params.out.empty() && !kind.empty();
  return {used ? params.out / ".ledd" / name : fs::path(), std::move(kind), params.settled, params.trusted};
}

}  // namespace

PlanCache::PlanCache(const Params& params)
    : headers(cache_file(params, params.inputs, "intake.headers", header_kind())),
      images(cache_file(params, params.inputs, "intake.images", image_kind())),
      digests(cache_file(params, params.inputs, "intake.digests", "sha256 1")),
      finished(cache_file(params, true, "finished.cases", "finished cases 1")),
      out_(params.out) {}

void PlanCache::made(const std::string& case_id) {
  const std::lock_guard lock(mutex_);
  made_.push_back(case_id);
}

void PlanCache::remember_made() {
  std::vector<std::string> open;
  {
    const std::lock_guard lock(mutex_);
    open.swap(made_);
  }
  std::vector<std::string> too_young;
  for (const std::string& id : open)
    if (!remember_outputs(out_ / "cases" / id, finished)) too_young.push_back(id);
  const std::lock_guard lock(mutex_);
  made_.insert(made_.end(), too_young.begin(), too_young.end());
}

bool PlanCache::save() {
  remember_made();
  bool ok = true;
  for (file_cache::FileCache* cache : {&headers, &images, &digests, &finished}) ok = cache->save() && ok;
  const std::lock_guard lock(mutex_);
  saved_ = std::chrono::steady_clock::now();
  return ok;
}

void PlanCache::save_sometimes() {
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - saved_ < kBetweenSaves) return;
    saved_ = now;  // no other thread begins meanwhile
  }
  save();
}

}  // namespace ledd::cases
