#include "cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/cases/overview.h"
#include "ledd/core/config.h"
#include "ledd/files/files.h"
#include "ledd/isolation/archive.h"

#include "known_files.h"
#include "naming.h"

namespace ledd::file_cache {

template <class Archive>
void fields(Archive& archive, Stamp& s) {
  archive(s.size, s.inode, s.mtime_ns, s.ctime_ns);
}

}  // namespace ledd::file_cache

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;
using file_cache::Stamp;

std::multiset<std::string> contents(const std::vector<FileDigest>& files) {
  std::multiset<std::string> all;
  for (const auto& file : files) all.insert(file.sha256);
  return all;
}

std::string changed_parameter(const ValueMap& was, const ValueMap& is) {
  for (const auto& [name, value] : is) {
    const auto old = was.find(name);
    if (old == was.end()) return fmt::format("parameter {} is new", name);
    if (to_text(old->second) != to_text(value))
      return fmt::format("{} was {}, is {}", name, to_text(old->second), to_text(value));
  }
  return was.size() == is.size() ? "" : "a parameter is gone";
}

/// What was seen of a folder whose outputs were as they were written.
struct Seen {
  std::string recipe, inputs;                          ///< recipe_print(), inputs_print().
  std::vector<std::pair<std::string, Stamp>> outputs;  ///< By name within the folder.
};

template <class Archive>
void fields(Archive& archive, Seen& seen) {
  archive(seen.recipe, seen.inputs, seen.outputs);
}

std::string seen_name(const fs::path& folder) {
  return folder.filename().string() + "/outputs";
}

/// The same for the same files under any names.
std::string inputs_print(const std::vector<FileDigest>& inputs) {
  std::string text;
  for (const std::string& digest : contents(inputs)) text += digest;
  return files::sha256(text);
}

std::string recipe_print(const Recipe& recipe) {
  std::string text = fmt::format("{}\n{}\n{}\n", recipe.version, recipe.labels_scheme, recipe.key);
  for (const auto& model : recipe.models) text += fmt::format("{} {}\n", model.sha256, model.name);
  for (const std::string& digest : contents(recipe.labels)) text += digest + '\n';
  for (const auto& [name, value] : recipe.parameters) text += fmt::format("{}={}\n", name, to_text(value));
  return files::sha256(text);
}

/// What it was made by.
Recipe recipe_of(const Provenance& was) {
  return {was.pipeline, was.version, was.labels_scheme, was.key, was.parameters, was.models, was.labels};
}

/// Whether Recipe::known saw this folder made by this recipe from these inputs, and nothing changed since.
bool is_as_seen(const fs::path& folder,
                const Stamp& record,
                const Recipe& recipe,
                const std::vector<FileDigest>& inputs) {
  const auto bytes = recipe.known->finished.find(seen_name(folder), record);
  if (!bytes) return false;
  try {
    Seen seen;
    isolation::unpack(*bytes, seen);
    return seen.recipe == recipe.print && seen.inputs == inputs_print(inputs) &&
           std::all_of(seen.outputs.begin(), seen.outputs.end(), [&](const auto& output) {
             return file_cache::stamp_of(folder / output.first) == output.second;
           });
  } catch (const Error&) {
    return false;
  }
}

/// Kept under the stamp of the record, but only if that and all outputs are old enough.
void keep_seen(const fs::path& folder, Stamp record, const Seen& seen, file_cache::FileCache& finished) {
  for (const auto& [name, stamp] : seen.outputs) record.age_ns = std::min(record.age_ns, stamp.age_ns);
  finished.keep(seen_name(folder), record, isolation::packed(seen));
}

/// Why an output is not as it was written. Fills in the outputs that are.
std::string damaged_output(const fs::path& folder, const std::vector<FileDigest>& outputs, Seen& seen) {
  for (const auto& file : outputs) {
    const auto stamp = file_cache::stamp_of(folder / file.name);  // before it is read
    if (!stamp) return file.name + " is missing";
    if (files::sha256_of_file(folder / file.name) != file.sha256) return file.name + " was changed";
    seen.outputs.emplace_back(file.name, *stamp);
  }
  return "";
}

bool holds_all(const std::multiset<std::string>& more, const std::multiset<std::string>& fewer) {
  return std::includes(more.begin(), more.end(), fewer.begin(), fewer.end());
}

/// Why a record says that something else was made; empty when it says the same. A reader's correction stands
/// against a run that gives no segmentation: it needs none of the series that only helped to make one.
std::string other_making(const Provenance& was, const Recipe& recipe, const std::vector<FileDigest>& inputs) {
  if (was.version != recipe.version) return fmt::format("made by version {}", was.version);
  const bool corrected = !was.correction.reader.empty() && recipe.labels.empty();
  if (corrected ? !holds_all(contents(inputs), contents(was.inputs))
                : contents(was.inputs) != contents(inputs))
    return "the input files changed, or its companion series";
  if (was.models != recipe.models) return "the model changed";
  if (!corrected &&
      (contents(was.labels) != contents(recipe.labels) || was.labels_scheme != recipe.labels_scheme))
    return recipe.labels.empty() ? "it measured a given segmentation" : "the segmentation to measure changed";
  if (was.key != recipe.key) return "the key of the subjects' pseudonyms changed";
  return changed_parameter(was.parameters, recipe.parameters);
}

}  // namespace

Recipe recipe_of(const Pipeline& pipeline, const Prepared& prepared, const BatchOptions& options) {
  Recipe recipe{pipeline.name,
                version(),
                "",
                Naming(options.key).fingerprint(),
                prepared.effective,
                {},
                {},
                options.known};
  for (const auto& model : pipeline.models)
    recipe.models.push_back({model.filename().string(), files::sha256_of_file(model)});
  if (options.labels) {
    const fs::path scheme = options.labels->scheme;
    recipe.labels_scheme = scheme.extension() == ".toml" ? "file" : options.labels->scheme;
    recipe.labels.push_back({options.labels->file.string(), files::sha256_of_file(options.labels->file)});
    if (scheme.extension() == ".toml")
      recipe.labels.push_back({scheme.string(), files::sha256_of_file(scheme)});
  }
  recipe.print = recipe_print(recipe);
  return recipe;
}

std::vector<FileDigest> input_digests(const PlannedCase& planned, PlanCache* known) {
  std::set<fs::path> paths;
  const auto add = [&](const Series& series) {
    if (!series.tiff.empty())
      paths.insert(series.tiff.begin(), series.tiff.end());
    else if (!series.stack)
      paths.insert(series.image);
    else
      for (const auto& slice : series.stack->slices) paths.insert(slice.path);
  };
  if (planned.series) add(*planned.series);
  for (const Companion& companion : planned.companions) add(companion.series);
  std::vector<FileDigest> digests;
  digests.reserve(paths.size());
  for (const auto& path : paths) digests.push_back({path.string(), digest_of(path, known)});
  return digests;
}

std::string out_of_date(const fs::path& folder, const Recipe& recipe, const std::vector<FileDigest>& inputs) {
  const auto record = file_cache::stamp_of(folder / "provenance.json");
  if (!record) return "not done before";
  if (recipe.known != nullptr && is_as_seen(folder, *record, recipe, inputs)) return "";
  Provenance was;
  try {
    was = parse_provenance(files::read_bytes(folder / "provenance.json"));
  } catch (const Error& e) {
    return e.what();
  }
  if (auto why = other_making(was, recipe, inputs); !why.empty()) return why;
  Seen seen{recipe.print, inputs_print(inputs), {}};
  if (auto why = damaged_output(folder, was.outputs, seen); !why.empty()) return why;
  if (recipe.known != nullptr) keep_seen(folder, *record, seen, recipe.known->finished);
  return "";
}

bool remember_outputs(const fs::path& folder, file_cache::FileCache& finished) {
  const auto record = file_cache::stamp_of(folder / "provenance.json");
  if (!record) return true;  // moved away since: nothing to remember
  if (record->age_ns < finished.settled().count()) return false;
  try {
    const Provenance was = parse_provenance(files::read_bytes(folder / "provenance.json"));
    Seen seen{recipe_print(recipe_of(was)), inputs_print(was.inputs), {}};
    for (const auto& file : was.outputs) {
      const auto stamp = file_cache::stamp_of(folder / file.name);
      if (!stamp || stamp->mtime_ns > record->mtime_ns || stamp->ctime_ns > record->ctime_ns) return true;
      seen.outputs.emplace_back(file.name, *stamp);
    }
    keep_seen(folder, *record, seen, finished);
  } catch (const Error&) {
    return true;  // whoever needs the record says what is wrong with it
  }
  return true;
}

bool made_from_other_inputs(const fs::path& folder,
                            const Recipe& recipe,
                            const std::vector<FileDigest>& inputs) {
  if (!fs::exists(folder / "provenance.json")) return false;
  try {
    const Provenance was = parse_provenance(files::read_bytes(folder / "provenance.json"));
    return contents(was.inputs) != contents(inputs) || contents(was.labels) != contents(recipe.labels);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace ledd::cases
