#include "intake.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ledd/core/error.h"
#include "ledd/dicom/structure.h"
#include "ledd/isolation/archive.h"

#include "duplicates.h"
#include "fields.h"
#include "requests.h"

namespace ledd::dicom {
namespace {

namespace fs = std::filesystem;

constexpr double kHeaderWallS = 30.0;
constexpr unsigned kHeaderCpuS = 30;
constexpr double kPixelsWallS = 600.0;  // slow disks: decoding itself ends with its processor time
constexpr unsigned kPixelsCpuS = 120;

template <std::size_t kCount>
bool all_finite(const std::array<double, kCount>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

/// A child that was taken over may say anything; what it says must not take over the parent.
void require_sane(const Scanned& scanned, const fs::path& path) {
  const auto need = [](bool ok) {
    if (!ok) isolation::answered_nonsense("facts that no file can have");
  };
  need(scanned.entry.path == path);
  if (!scanned.facts) return;
  const Facts& facts = *scanned.facts;
  need(facts.path == path && facts.pixels.rows <= kMaxSide && facts.pixels.columns <= kMaxSide);
  need(facts.frames.size() <= kMaxFrames && (facts.frames.empty() || facts.pixels.rows > 0));
  for (const Frame& frame : facts.frames) {
    need(all_finite(frame.position_lps_mm) && all_finite(frame.row_lps) && all_finite(frame.column_lps));
    need(all_finite(frame.pixel_spacing_mm) && frame.pixel_spacing_mm[0] > 0 &&
         frame.pixel_spacing_mm[1] > 0);
    need(frame.repeats.size() == facts.frames.front().repeats.size());
  }
}

Intake::Intake(Isolation isolation, const Context& context, IntakeCache* known) : known_(known) {
  if (isolation == Isolation::kOff) return;
  isolation::Pool::Params params;
  params.program = isolation::find_program();
  pool_.emplace(params, context);
}

std::optional<std::vector<Scanned>> Intake::scan_together(std::span<const fs::path> paths,
                                                          std::string& failure) {
  const isolation::Answer answer =
      pool_->ask({.kind = kScanRequest,
                  .bytes = isolation::packed(std::vector<fs::path>(paths.begin(), paths.end())),
                  .wall_s = kHeaderWallS,
                  .cpu_s = kHeaderCpuS});
  failure = answer.failure;
  if (!failure.empty()) return std::nullopt;
  try {
    std::vector<Scanned> files;
    isolation::unpack(answer.bytes, files);
    if (files.size() != paths.size()) isolation::answered_nonsense("another number of files");
    for (std::size_t i = 0; i < paths.size(); ++i) require_sane(files[i], paths[i]);
    return files;
  } catch (const Error& nonsense) {
    failure = isolation::as_failure(nonsense);
    return std::nullopt;
  }
}

Scanned Intake::scan_alone(const fs::path& path) {
  std::string failure;
  if (auto files = scan_together({&path, 1}, failure)) return std::move(files->front());
  Scanned refused{
      {path,
       Decision::kRefused,
       {},
       fmt::format("{}: cannot be read; the child process that read its header {}", path.string(), failure)},
      std::nullopt,
      {},
      true};
  // The parser failed; a walk over the elements may still tell which series is short of this file.
  const isolation::Answer answer = pool_->ask({.kind = kHintRequest, .bytes = isolation::packed(path)});
  try {
    if (answer.failure.empty()) isolation::unpack(answer.bytes, refused.hint);
  } catch (const Error&) {
    refused.hint = {};
  }
  return refused;
}

std::vector<Scanned> Intake::scan_new(std::span<const fs::path> paths) {
  std::vector<Scanned> files;
  if (!pool_) {
    for (const fs::path& path : paths) files.push_back(dicom::scan(path));
    return files;
  }
  std::string failure;
  if (paths.size() > 1)
    if (auto together = scan_together(paths, failure)) return std::move(*together);
  for (const fs::path& path : paths) files.push_back(scan_alone(path));  // one of them is to blame: which?
  return files;
}

std::vector<Scanned> Intake::scan(std::span<const fs::path> paths) {
  if (known_ == nullptr) return scan_new(paths);
  std::vector<Scanned> files(paths.size());
  std::vector<std::optional<file_cache::Stamp>> stamps(paths.size());
  std::vector<fs::path> asked;
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    stamps[i] = file_cache::stamp_of(paths[i]);  // before it is read: a change after that makes another stamp
    auto known = stamps[i] ? known_->find(paths[i], *stamps[i]) : std::nullopt;
    if (known) {
      files[i] = std::move(*known);
    } else {
      asked.push_back(paths[i]);
      at.push_back(i);
    }
  }
  if (asked.empty()) return files;
  auto answers = scan_new(asked);
  for (std::size_t n = 0; n < at.size(); ++n) {
    if (stamps[at[n]]) known_->keep(answers[n], *stamps[at[n]]);
    files[at[n]] = std::move(answers[n]);
  }
  return files;
}

bool Intake::same_content(const fs::path& a, const fs::path& b) {
  const auto stamp_a = file_cache::stamp_of(a);
  const auto stamp_b = file_cache::stamp_of(b);
  const bool can_know = known_ != nullptr && stamp_a && stamp_b;
  if (can_know && known_->are_same(a, *stamp_a, b, *stamp_b)) return true;
  const bool same = compare(a, b);
  if (can_know && same) known_->keep_same(a, *stamp_a, b, *stamp_b);
  return same;
}

bool Intake::compare(const fs::path& a, const fs::path& b) {
  if (!pool_) return dicom::same_content(a, b);
  const isolation::Answer answer = pool_->ask(
      {.kind = kSameRequest, .bytes = isolation::packed(a, b), .wall_s = kPixelsWallS, .cpu_s = kPixelsCpuS});
  if (!answer.failure.empty()) return false;
  bool same = false;
  isolation::unpack(answer.bytes, same);
  return same;
}

void Intake::read(const PlaneRequest& request, std::span<float* const> to) {
  if (!pool_) {
    const Planes planes(request);
    tbb::parallel_for(std::size_t{0}, to.size(), [&](std::size_t i) { planes.read(i, to[i]); });
    return;
  }
  std::vector<std::span<std::byte>> into;
  for (float* const plane : to)
    into.push_back(std::as_writable_bytes(std::span(plane, std::size_t{request.rows} * request.columns)));
  const isolation::Answer answer = pool_->ask({.kind = kPlanesRequest,
                                               .bytes = isolation::packed(request),
                                               .wall_s = kPixelsWallS,
                                               .cpu_s = kPixelsCpuS},
                                              into);
  require(answer.failure.empty(),
          Errc::kInput,
          fmt::format("{}: cannot be read; the child process that decoded its PixelData (7fe0,0010) {}",
                      request.path.string(),
                      answer.failure));
}

}  // namespace ledd::dicom
