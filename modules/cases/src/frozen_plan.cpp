#include "ledd/cases/frozen_plan.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/isolation/archive.h"

#include "case_folder.h"
#include "members.h"
#include "record.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// Another layout, another number.
constexpr std::string_view kLayout = "ledd frozen plan/2\n";
constexpr std::size_t kDigestSize = 64;

template <class T>
constexpr bool kIsVector = false;
template <class T>
constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;

class Put {
 public:
  template <class T>
  void operator()(const T& value) {
    if constexpr (frozen::Described<const T>) {
      std::apply([this](const auto&... one) { ((*this)(one), ...); }, frozen::members(value));
    } else if constexpr (kIsVector<T>) {
      archive_(std::uint64_t{value.size()});
      for (const auto& one : value) (*this)(one);
    } else if constexpr (kIsOptional<T>) {
      archive_(value.has_value());
      if (value) (*this)(*value);
    } else if constexpr (std::is_enum_v<T>) {
      archive_(static_cast<std::int32_t>(value));
    } else if constexpr (std::same_as<T, ValueMap>) {
      archive_(std::uint64_t{value.size()});
      for (const auto& [name, held] : value) {
        archive_(name, std::uint64_t{held.index()});
        std::visit([this](const auto& plain) { archive_(plain); }, held);
      }
    } else {
      archive_(value);
    }
  }
  std::string take() { return archive_.take(); }

 private:
  isolation::ArchiveWriter archive_;
};

class Get {
 public:
  explicit Get(std::string_view bytes) : archive_(bytes) {}

  template <class T>
  void operator()(T& value) {
    if constexpr (frozen::Described<T>) {
      std::apply([this](auto&... one) { ((*this)(one), ...); }, frozen::members(value));
    } else if constexpr (kIsVector<T>) {
      value.clear();
      for (std::uint64_t left = count(); left > 0; --left) (*this)(value.emplace_back());
    } else if constexpr (kIsOptional<T>) {
      bool there = false;
      archive_(there);
      value.reset();
      if (there) (*this)(value.emplace());
    } else if constexpr (std::is_enum_v<T>) {
      std::int32_t number = 0;
      archive_(number);
      require(number >= 0 && number < frozen::kValues<T>, Errc::kFormat, "a value that there is not");
      value = static_cast<T>(number);
    } else if constexpr (std::same_as<T, ValueMap>) {
      get_values(value);
    } else {
      archive_(value);
    }
  }
  void require_end() const { archive_.require_end(); }

 private:
  std::uint64_t count() {
    std::uint64_t n = 0;
    archive_(n);
    return n;
  }
  void get_values(ValueMap& values) {
    values.clear();
    for (std::uint64_t left = count(); left > 0; --left) {
      std::string name;
      archive_(name);
      values.insert_or_assign(name, get_value(count()));
    }
  }
  Value get_value(std::uint64_t index) {
    const auto read = [this](auto plain) {
      archive_(plain);
      return Value(plain);
    };
    switch (index) {
      case 0: return read(bool{});
      case 1: return read(std::int64_t{});
      case 2: return read(double{});
      default: require(index == 3, Errc::kFormat, "a kind of parameter that there is not");
    }
    return read(std::string());
  }

  isolation::ArchiveReader archive_;
};

/// @throws Error{kNotFound, kPermission, kIo}
FrozenFile file_now(const fs::path& path) {
  struct stat now {};
  if (::stat(path.c_str(), &now) != 0) {
    const int error = errno;
    throw Error(error == ENOENT   ? Errc::kNotFound
                : error == EACCES ? Errc::kPermission
                                  : Errc::kIo,
                fmt::format("{}: {}", path.string(), std::generic_category().message(error)));
  }
  return {path,
          static_cast<std::uint64_t>(now.st_size),
          std::int64_t{now.st_mtim.tv_sec} * 1'000'000'000 + now.st_mtim.tv_nsec};
}

std::set<fs::path> paths_of(const PlannedCase& planned) {
  std::set<fs::path> paths;
  const auto add = [&](const Series& series) {
    if (!series.image.empty()) paths.insert(series.image);
    paths.insert(series.tiff.begin(), series.tiff.end());
    if (series.stack)
      for (const auto& slice : series.stack->slices) paths.insert(slice.path);
  };
  if (planned.series) add(*planned.series);
  for (const Companion& companion : planned.companions) add(companion.series);
  return paths;
}

/// The record, when there is one; a folder may be exchanged between the question and the reading.
template <class Parse>
auto read_record(const fs::path& file, Parse&& parse) -> std::optional<decltype(parse(std::string()))> {
  std::string text;
  try {
    text = files::read_bytes(file);
  } catch (const Error& e) {
    if (e.code() == Errc::kNotFound) return std::nullopt;
    throw;
  }
  try {
    return parse(text);
  } catch (const Error& e) {
    throw e.within(file.string());
  }
}

std::optional<Provenance> finished(const fs::path& out, const std::string& id) {
  return read_record(out / "cases" / id / "provenance.json", parse_provenance);
}

std::optional<Reason> refused(const fs::path& out, const std::string& id) {
  return read_record(out / "quarantine" / id / "reason.json", parse_reason);
}

}  // namespace

std::string print(const FrozenPlan& plan) {
  Put put;
  put(plan);
  std::string bytes = std::string(kLayout) + put.take();
  return bytes + files::sha256(bytes);
}

FrozenPlan parse_frozen_plan(std::string_view bytes) {
  constexpr std::string_view kAnyLayout = "ledd frozen plan/";
  require(bytes.size() >= kLayout.size() + kDigestSize && bytes.substr(0, kAnyLayout.size()) == kAnyLayout,
          Errc::kFormat,
          "this is no frozen plan, or the beginning of one");
  const auto body = bytes.substr(0, bytes.size() - kDigestSize);
  require(files::sha256(body) == bytes.substr(body.size()),
          Errc::kFormat,
          "the frozen plan is cut off or was changed: its SHA-256 is not the one at its end");
  require(body.substr(0, kLayout.size()) == kLayout,
          Errc::kUnsupported,
          "the frozen plan was written by another version of Ledd");
  FrozenPlan plan;
  try {
    Get get(body.substr(kLayout.size()));
    get(plan);
    get.require_end();
  } catch (const Error& e) {
    throw Error(Errc::kFormat, e.what()).within("the frozen plan");
  }
  return plan;
}

FrozenCase freeze(PlannedCase planned, const fs::path& out, const std::vector<fs::path>& also) {
  FrozenCase one;
  auto paths = paths_of(planned);
  paths.insert(also.begin(), also.end());
  for (const auto& path : paths) one.files.push_back(file_now(path));
  if (const auto record = finished(out, planned.id)) one.done_by = record->run_id;
  if (const auto record = refused(out, planned.id)) one.refused_by = record->run_id;
  one.planned = std::move(planned);
  return one;
}

std::string changed_since(const FrozenCase& one) {
  for (const FrozenFile& was : one.files) {
    FrozenFile is;
    try {
      is = file_now(was.path);
    } catch (const Error& e) {
      return e.what();
    }
    if (is.bytes != was.bytes)
      return fmt::format("{} had {} bytes, has {}", was.path.string(), was.bytes, is.bytes);
    if (is.modified_ns != was.modified_ns) return fmt::format("{} was written to since", was.path.string());
  }
  return "";
}

std::vector<std::pair<std::string, std::string>> models_of(const Pipeline& pipeline) {
  std::vector<std::pair<std::string, std::string>> models;
  for (const auto& model : pipeline.models)
    models.emplace_back(model.filename().string(), files::sha256_of_file(model));
  return models;
}

CaseEnd end_of(const FrozenCase& one, const fs::path& out) {
  const std::string& id = one.planned.id;
  if (const auto done = finished(out, id); done && done->run_id != one.done_by)
    return {State::kDone, "", "", done->peak_mb};
  const auto reason = refused(out, id);
  if (!reason || reason->run_id == one.refused_by) return {};
  return {reason->state == name_of(State::kFailed) ? State::kFailed : State::kQuarantined,
          reason->code,
          reason->reason,
          reason->peak_mb};
}

CaseEnd standing_end(const std::string& case_id, const fs::path& out) {
  FrozenCase one;
  one.planned.id = case_id;
  return end_of(one, out);
}

bool in_hand(const fs::path& out, const std::string& case_id) {
  const int descriptor = ::open((out / ".ledd" / "locks" / case_id).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool taken = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return taken;
}

bool may_pass(const std::string& code) {
  for (const Errc lasting :
       {Errc::kInput, Errc::kFormat, Errc::kUnsupported, Errc::kNumeric, Errc::kImplausible, Errc::kParam})
    if (code == name_of(lasting)) return false;
  return true;
}

std::optional<double> usual_seconds(const fs::path& out, const std::string& pipeline) {
  constexpr std::size_t kEnough = 200;
  std::vector<double> seconds;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(out / "cases", none)) {
    if (entry.path().filename().string().front() == '.') continue;
    const auto record = finished(out, entry.path().filename().string());
    if (record && record->pipeline == pipeline) seconds.push_back(record->seconds);
    if (seconds.size() == kEnough) break;
  }
  if (seconds.empty()) return std::nullopt;
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

bool finish(const FrozenPlan& plan) {
  // Others must not take the tables in the making for a dead run's.
  const OutputUse use(plan.out, [] { return false; });
  // From the last one: those are worked on last.
  const bool all = std::all_of(plan.cases.rbegin(), plan.cases.rend(), [&](const FrozenCase& one) {
    return end_of(one, plan.out).state.has_value();
  });
  if (all) write_overview(plan.out);
  return all;
}

}  // namespace ledd::cases
