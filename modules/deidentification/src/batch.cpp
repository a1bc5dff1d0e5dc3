#include "ledd/deidentification/batch.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <system_error>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "isolated.h"

namespace ledd::deidentification {
namespace {

namespace fs = std::filesystem;

/// Source -> why it is no file that can be read; empty for files.
using Found = std::map<fs::path, std::string>;

void add_entry(const fs::directory_entry& entry, Found& found, std::vector<fs::path>& folders) {
  std::error_code failed;
  const fs::file_status status = entry.status(failed);
  if (fs::is_regular_file(status))
    found.emplace(entry.path(), "");
  else if (!fs::is_directory(status))
    found.emplace(entry.path(), "neither a file nor a folder");
  else if (entry.is_symlink(failed))
    found.emplace(entry.path(), "a symbolic link to a folder, not followed");
  else
    folders.push_back(entry.path());
}

void walk(const fs::path& top, Found& found) {
  std::vector<fs::path> folders{top};
  while (!folders.empty()) {
    const fs::path folder = folders.back();
    folders.pop_back();
    std::error_code failed;
    fs::directory_iterator next(folder, failed);
    require(!failed || folder != top, Errc::kPermission, folder.string() + ": cannot be listed");
    if (failed) found.emplace(folder, "a folder that cannot be listed");
    while (!failed && next != fs::directory_iterator()) {
      add_entry(*next, found, folders);
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
    else
      found.emplace(path, fs::is_regular_file(status) ? "" : "neither a file nor a folder");
  }
  return found;
}

bool lies_in(const fs::path& inner, const fs::path& outer) {
  const fs::path below = fs::weakly_canonical(inner).lexically_relative(fs::weakly_canonical(outer));
  return !below.empty() && *below.begin() != "..";
}

void check_places(const std::vector<fs::path>& inputs, const SubjectKey& key, const fs::path& out) {
  require(
      !lies_in(fs::absolute(key.file()), fs::absolute(out)),
      Errc::kParam,
      fmt::format("the key {} lies in the output folder {}: it would leave the site with the files it undoes",
                  key.file().string(),
                  out.string()));
  for (const fs::path& input : inputs)
    require(
        !lies_in(fs::absolute(out), fs::absolute(input)) && !lies_in(fs::absolute(input), fs::absolute(out)),
        Errc::kParam,
        fmt::format("the output folder {} and the input {} lie in each other", out.string(), input.string()));
}

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

std::string table_of(const std::vector<Row>& rows) {
  std::string text =
      "row,new_file,decision,reason,texts_shortened,dates_emptied,values_emptied,private_kept,private_"
      "removed\r\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    text += fmt::format("{},{},{},{},{},{},{},{},{}\r\n",
                        i + 1,
                        row.name,
                        name_of(row.decision),
                        quoted(row.reason),
                        row.counts.texts_shortened,
                        row.counts.dates_emptied,
                        row.counts.values_emptied,
                        row.counts.private_kept,
                        row.counts.private_removed);
  }
  return text;
}

class Batch {
 public:
  Batch(const Found& found,
        SubjectKey& key,
        const BatchOptions& options,
        const Progress& progress,
        Context& context)
      : key_(key),
        options_(options),
        progress_(progress),
        context_(context),
        isolated_(context),
        rules_(rules_of(key)) {
    rules_.words.insert(options.extra_words.begin(), options.extra_words.end());
    rules_.allow_faces = options.allow_faces;
    rules_.allow_secondary = options.allow_secondary;
    for (const auto& [path, problem] : found)
      rows_.push_back({path, problem.empty() ? Decision::kWritten : Decision::kSetAside, {}, problem, {}});
  }

  std::vector<Row> run() {
    std::vector<Examined> examined(rows_.size());
    for_each_writable([&](std::size_t i) {
      examined[i] = isolated_.examine(rows_[i].source, rules_);
      rows_[i].decision = examined[i].decision;
      rows_[i].reason = examined[i].reason;
    });
    enrol(examined);
    rules_.subjects = key_.subjects();
    name(examined);
    if (options_.dry_run) return rows_;
    key_.save();
    write(examined);
    return rows_;
  }

 private:
  template <class Work>
  void for_each_writable(const Work& work) {
    tbb::task_arena arena(std::max(1, context_.threads()));
    arena.execute([&] {
      tbb::parallel_for(std::size_t{0}, rows_.size(), [&](std::size_t i) {
        context_.throw_if_cancelled();
        if (rows_[i].decision == Decision::kWritten) work(i);
      });
    });
  }

  void refuse(Row& row, const std::string& reason) {
    row.decision = Decision::kRefused;
    row.reason = reason;
    row.name.clear();
  }

  void enrol(const std::vector<Examined>& examined) {
    const auto& only = options_.only_subjects;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].decision != Decision::kWritten) continue;
      if (!only.empty() && std::find(only.begin(), only.end(), examined[i].patient_id) == only.end()) {
        refuse(rows_[i], "the subject is not in the list of subjects");
        continue;
      }
      try {
        key_.enrol(examined[i].patient_id, examined[i].issuer);
      } catch (const Error& e) {
        refuse(rows_[i], std::string("PatientID (0010,0020): ") + e.what());
      }
    }
  }

  /// One object, one new file: another with the same UIDs is a copy, or a contradiction.
  void name(const std::vector<Examined>& examined) {
    std::map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      Row& row = rows_[i];
      if (row.decision != Decision::kWritten) continue;
      try {
        row.name = name_of(examined[i], rules_);
      } catch (const Error&) {
        refuse(row, "PatientID (0010,0020): known from several issuers, and none is stated here");
        continue;
      }
      const auto [known, is_new] = first.emplace(row.name, i);
      if (is_new) continue;
      const bool same =
          files::sha256_of_file(row.source) == files::sha256_of_file(rows_[known->second].source);
      row.decision = same ? Decision::kSetAside : Decision::kRefused;
      const std::size_t number = known->second + 1;
      row.reason =
          same ? fmt::format("a copy of the file of row {}", number)
               : fmt::format("another object with the UIDs of the file of row {}, which alone is written",
                             number);
      row.name.clear();
    }
  }

  void write(const std::vector<Examined>& examined) {
    fs::create_directories(options_.out);
    std::mutex lock;
    std::size_t done = 0;
    const auto total = static_cast<std::size_t>(std::count_if(
        rows_.begin(), rows_.end(), [](const Row& row) { return row.decision == Decision::kWritten; }));
    for_each_writable([&](std::size_t i) {
      write_one(rows_[i], examined[i]);
      const std::scoped_lock guard(lock);
      if (progress_) progress_(++done, total);
    });
    files::write_bytes(table_of(rows_), options_.out / "deid.csv");
  }

  void write_one(Row& row, const Examined& examined) {
    const Outcome outcome = isolated_.deidentify(row.source, rules_, examined);
    row.counts = outcome.counts;
    if (outcome.decision != Decision::kWritten) {
      row.decision = outcome.decision;
      row.reason = outcome.reason;
      row.name.clear();
      return;
    }
    // It was another file when it was examined: names would clash.
    if (outcome.name != row.name) return refuse(row, "changed while it was read");
    const fs::path path = options_.out / row.name;
    std::error_code failed;
    fs::create_directories(path.parent_path(), failed);
    require(!failed,
            failed == std::errc::permission_denied ? Errc::kPermission : Errc::kCreate,
            fmt::format("cannot create {}: {}", path.parent_path().string(), failed.message()));
    files::write_bytes(outcome.bytes, path);
  }

  SubjectKey& key_;
  const BatchOptions& options_;
  const Progress& progress_;
  Context& context_;
  Isolated isolated_;
  Rules rules_;
  std::vector<Row> rows_;
};

}  // namespace

std::vector<Row> deidentify_all(const std::vector<fs::path>& inputs,
                                SubjectKey& key,
                                const BatchOptions& options,
                                const Progress& progress,
                                Context& context) {
  const Found found = find(inputs);
  check_places(inputs, key, options.out);
  return Batch(found, key, options, progress, context).run();
}

}  // namespace ledd::deidentification
