#include "cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/cases/overview.h"
#include "ledd/core/config.h"
#include "ledd/files/files.h"

#include "naming.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

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

std::string damaged_output(const fs::path& folder, const std::vector<FileDigest>& outputs) {
  for (const auto& file : outputs) {
    if (!fs::exists(folder / file.name)) return file.name + " is missing";
    if (files::sha256_of_file(folder / file.name) != file.sha256) return file.name + " was changed";
  }
  return "";
}

}  // namespace

Recipe recipe_of(const Pipeline& pipeline, const Prepared& prepared, const BatchOptions& options) {
  Recipe recipe{pipeline.name, version(), "", Naming(options.key).fingerprint(), prepared.effective, {}, {}};
  for (const auto& model : pipeline.models)
    recipe.models.push_back({model.filename().string(), files::sha256_of_file(model)});
  if (options.labels) {
    const fs::path scheme = options.labels->scheme;
    recipe.labels_scheme = scheme.extension() == ".toml" ? "file" : options.labels->scheme;
    recipe.labels.push_back({options.labels->file.string(), files::sha256_of_file(options.labels->file)});
    if (scheme.extension() == ".toml")
      recipe.labels.push_back({scheme.string(), files::sha256_of_file(scheme)});
  }
  return recipe;
}

std::vector<FileDigest> input_digests(const PlannedCase& planned) {
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
  for (const auto& path : paths) digests.push_back({path.string(), files::sha256_of_file(path)});
  return digests;
}

std::string out_of_date(const fs::path& folder, const Recipe& recipe, const std::vector<FileDigest>& inputs) {
  if (!fs::exists(folder / "provenance.json")) return "not done before";
  Provenance was;
  try {
    was = parse_provenance(files::read_bytes(folder / "provenance.json"));
  } catch (const Error& e) {
    return e.what();
  }
  if (was.version != recipe.version) return fmt::format("made by version {}", was.version);
  if (contents(was.inputs) != contents(inputs)) return "the input files changed, or its companion series";
  if (was.models != recipe.models) return "the model changed";
  if (contents(was.labels) != contents(recipe.labels) || was.labels_scheme != recipe.labels_scheme)
    return recipe.labels.empty() ? "it measured a given segmentation" : "the segmentation to measure changed";
  if (was.key != recipe.key) return "the key of the subjects' pseudonyms changed";
  if (auto why = changed_parameter(was.parameters, recipe.parameters); !why.empty()) return why;
  return damaged_output(folder, was.outputs);
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
