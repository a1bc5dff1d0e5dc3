#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Who did what to an output folder, and when: a file that is only ever added to, each entry sealed to the
/// one before it.
namespace ledd::audit {

/// What an action was about: names are lower-case words, values plain text. Never a person's name: a case by
/// its id.
using Details = std::map<std::string, std::string>;

/// One line of the file.
struct Entry {
  std::uint64_t sequence = 0;  ///< From 1, without a gap.
  std::string utc;             ///< ISO 8601, to the millisecond.
  std::string user;            ///< Name of the account, or "" where the system has none for the number.
  std::uint32_t uid = 0;
  std::string host, version;  ///< Of the machine, and of Ledd.
  std::string action;         ///< "case-done": lower-case letters and hyphens.
  Details details;
  std::string previous;  ///< `sha256` of the entry before; 64 zeros for the first.
  std::string sha256;    ///< Of the line up to itself.
  bool operator==(const Entry&) const = default;
};

/// Adds to a file, in one of many processes that may do so at once.
///
/// Method   Under an exclusive flock on the file: the last entry is read, the next is written behind it by
/// one
///          write with O_APPEND and synced. A last line without its end, of a machine that lost power, stays
///          where it is and is ended; an entry `recovered` with its digest follows, and seals it in.
/// Limits   Whoever may write the file may write it anew from the first line: only a digest that was kept
///          elsewhere shows that.
class Log {
 public:
  /// @param file     Made when it is not there; its folder must be.
  /// @param version  Of the program that writes.
  Log(std::filesystem::path file, std::string version);

  /// The entry as it was written. @throws Error{kParam}  the action or a detail is no such word, or a value
  ///         has more than 1000 bytes. @throws Error{kCreate, kPermission, kIo}
  Entry append(const std::string& action, const Details& details) const;

  const std::filesystem::path& file() const noexcept { return file_; }

 private:
  std::filesystem::path file_;
  std::string version_;
};

/// A line that does not follow from the one before.
struct Break {
  std::size_t line = 0;  ///< From 1.
  std::string why;
};

/// A file, read and verified.
struct Reading {
  std::vector<Entry> entries;     ///< All that can be read, also behind a break.
  std::vector<std::size_t> torn;  ///< Lines that were cut off and sealed in by `recovered`.
  std::optional<Break> broken;    ///< The first.
  bool unfinished = false;        ///< The last line has no end: the next entry will recover it.
};

/// @throws Error{kNotFound, kPermission, kIo}
Reading read(const std::filesystem::path& file);

/// What became of a case that the log says was done.
struct HeldCase {
  enum class State {
    kSame,
    kChanged,
    kMissing,
    kSuperseded,
    kUntold,  ///< A run began it anew and was ended before it could say how that went.
  };
  std::string case_id;
  std::uint64_t sequence = 0;  ///< Of its last `case-done`.
  State state = State::kSame;
  std::string said;  ///< A sentence for people.
};
std::string_view name_of(HeldCase::State state) noexcept;

/// Holds the last `case-done` of each case (details `case`, `sha256`) against its provenance.json, in order
/// of case ids. Superseded: another entry says so, or `superseded` holds a folder with that provenance.
std::vector<HeldCase> held_cases(const std::vector<Entry>& entries, const std::filesystem::path& out);

/// Lower-case hexadecimal SHA-256 of a file's content; nothing when there is no such file.
/// @throws Error{kPermission, kIo}
std::optional<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace ledd::audit
