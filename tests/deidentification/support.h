#pragma once
// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
// clang-format on
#include <fmt/format.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ledd/deidentification/batch.h"
#include "ledd/deidentification/deidentification.h"
#include "ledd/files/files.h"

#include "dicom_writer.h"

namespace ledd::deidentification {

using testing::Attribute;
using testing::Folder;
using testing::Picture;

/// A key that knows the writer's subject.
inline SubjectKey key_in(const Folder& folder, const std::string& name = "site.key") {
  auto key = SubjectKey::create(folder / name);
  key.enrol("P1");
  return key;
}

inline Picture picture(const std::vector<Attribute>& attributes = {}) {
  Picture one = testing::pictures({.slices = 1})[0];
  one.attributes = attributes;
  return one;
}

inline Outcome deidentified(const Picture& one, const Rules& rules) {
  const Folder folder;
  testing::write(one, folder / "file.dcm");
  return deidentify(folder / "file.dcm", rules);
}

/// The data set in a file's bytes.
class Parsed {
 public:
  explicit Parsed(const std::string& bytes) {
    const Folder folder;
    testing::write_bytes(folder / "file", bytes);
    const OFCondition loaded = file_.loadFile((folder / "file").c_str());
    if (loaded.bad()) throw std::runtime_error(loaded.text());
    file_.loadAllDataIntoMemory();
  }
  DcmDataset& dataset() { return *file_.getDataset(); }
  DcmMetaInfo& meta() { return *file_.getMetaInfo(); }
  /// Value by tag, "-" when absent.
  std::string at(const DcmTagKey& tag) { return value(dataset(), tag); }
  static std::string value(DcmItem& item, const DcmTagKey& tag) {
    OFString text;
    if (!item.tagExists(tag)) return "-";
    item.findAndGetOFStringArray(tag, text);
    return {text.data(), text.size()};
  }

 private:
  DcmFileFormat file_;
};

/// Relative path -> content of all files below a folder.
inline std::map<std::string, std::string> tree(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files[entry.path().lexically_relative(folder).string()] = files::read_bytes(entry.path());
  return files;
}

inline std::vector<Row> run(const std::filesystem::path& in,
                            SubjectKey& key,
                            const BatchOptions& options,
                            int threads = 2) {
  Context context({}, threads);
  return deidentify_all({in}, key, options, {}, context);
}

inline bool has_program(const std::string& name) {
  return std::system(("command -v " + name + " > /dev/null 2>&1").c_str()) == 0;
}

/// How many errors dciodvfy finds in a file.
inline unsigned validation_errors(const std::filesystem::path& file) {
  FILE* pipe = ::popen(("dciodvfy '" + file.string() + "' 2>&1").c_str(), "r");
  std::array<char, 4096> line{};
  unsigned errors = 0;
  while (std::fgets(line.data(), line.size(), pipe) != nullptr)
    if (std::string(line.data()).substr(0, 5) == "Error") ++errors;
  ::pclose(pipe);
  return errors;
}

}  // namespace ledd::deidentification
