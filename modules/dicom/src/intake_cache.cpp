#include "intake_cache.h"

#include <fmt/format.h>

#include "ledd/core/error.h"
#include "ledd/dicom/cached_index.h"
#include "ledd/isolation/archive.h"
#include "ledd/isolation/pool.h"

#include "fields.h"
#include "intake.h"

namespace ledd::dicom {
namespace {

namespace fs = std::filesystem;
using file_cache::Stamp;

/// To be raised when Scanned gets other members, or the same members another meaning.
constexpr int kVersion = 2;

/// A file's own part, and the name of what it shares.
struct Kept {
  std::uint8_t decision = 0;
  std::string reason, common;
  SeriesHint hint;
  bool has_facts = false;
  Facts facts;
};

template <class Archive>
void fields(Archive& archive, Kept& kept) {
  archive(kept.decision, kept.reason, kept.hint, kept.has_facts, kept.common);
  if (kept.has_facts) own_fields(archive, kept.facts);
}

/// The stamp of the other file of a pair.
std::string packed_stamp(const Stamp& stamp) {
  return isolation::packed(stamp.size, stamp.inode, stamp.mtime_ns, stamp.ctime_ns);
}

std::string pair_name(const fs::path& a, const fs::path& b) {
  return fmt::format("{}\n{}", a.native(), b.native());
}

}  // namespace

std::string intake_kind() {
  const auto program = file_cache::stamp_of(isolation::find_program()).value_or(Stamp{});
  return fmt::format(
      "dicom intake {} by a program of {} bytes made at {}", kVersion, program.size, program.mtime_ns);
}

std::shared_ptr<const Stack> IntakeCache::common(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto& stack = commons_[name];
  if (stack) return stack;
  if (const auto bytes = cache_.find_shared(name)) {
    Stack read;
    isolation::unpack(*bytes, read);
    stack = std::make_shared<const Stack>(std::move(read));
  }
  return stack;
}

std::optional<Scanned> IntakeCache::find(const fs::path& path, const Stamp& stamp) {
  const auto bytes = cache_.find(path.native(), stamp);
  if (!bytes) return std::nullopt;
  try {
    Kept kept;
    isolation::unpack(*bytes, kept);
    if (kept.decision > static_cast<std::uint8_t>(Decision::kRefused)) return std::nullopt;
    Scanned scanned{{path, static_cast<Decision>(kept.decision), {}, std::move(kept.reason)},
                    std::nullopt,
                    std::move(kept.hint)};
    if (kept.has_facts) {
      const auto shared = common(kept.common);
      if (!shared) return std::nullopt;
      kept.facts.path = path;
      kept.facts.common = *shared;
      scanned.facts = std::move(kept.facts);
    }
    require_sane(scanned, path);
    return scanned;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void IntakeCache::keep(const Scanned& scanned, const Stamp& stamp) {
  if (scanned.passing) return;
  Kept kept{static_cast<std::uint8_t>(scanned.entry.decision),
            scanned.entry.reason,
            {},
            scanned.hint,
            scanned.facts.has_value(),
            {}};
  if (kept.has_facts) {
    kept.facts = *scanned.facts;
    kept.common = cache_.keep_shared(isolation::packed(kept.facts.common));
  }
  cache_.keep(scanned.entry.path.native(), stamp, isolation::packed(kept));
}

bool IntakeCache::are_same(const fs::path& a, const Stamp& stamp_a, const fs::path& b, const Stamp& stamp_b) {
  const auto known = cache_.find(pair_name(a, b), stamp_a);
  return known && *known == packed_stamp(stamp_b);
}

void IntakeCache::keep_same(const fs::path& a,
                            const Stamp& stamp_a,
                            const fs::path& b,
                            const Stamp& stamp_b) {
  // The record has the age of one of them: the younger one must be old enough.
  Stamp stamp = stamp_a;
  stamp.age_ns = std::min(stamp_a.age_ns, stamp_b.age_ns);
  cache_.keep(pair_name(a, b), stamp, packed_stamp(stamp_b));
}

}  // namespace ledd::dicom
