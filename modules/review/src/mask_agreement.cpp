#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "readings.h"

namespace ledd::review {
namespace {

/// The labels of one case's results, each read once.
class Masks {
 public:
  /// Null, and a note, where they cannot be relied on; null without a note where there are none.
  const Labels* of(const KnownResult& result, std::vector<std::string>& notes) {
    const auto [at, is_new] = held_.emplace(result.version.result_sha256, nullptr);
    if (is_new && !result.version.labels_sha256.empty()) at->second = read(result.version, notes);
    return at->second.GetPointer();
  }

 private:
  static Labels::Pointer read(const cases::CaseVersion& version, std::vector<std::string>& notes) {
    const auto file = version.folder / "labels.nii.gz";
    try {
      require(files::sha256_of_file(file) == version.labels_sha256,
              Errc::kInput,
              file.string() + ": it was changed since Ledd wrote it");
      return files::read_labels(file);
    } catch (const Error& e) {
      if (e.code() == Errc::kCancelled) throw;
      notes.push_back(fmt::format("left out of the masks: {}", e.what()));
      return nullptr;
    }
  }

  std::map<std::string, Labels::Pointer> held_;
};

auto place(const Pair& pair) {
  return std::tie(pair.pipeline, pair.first, pair.second);
}

}  // namespace

std::vector<MaskAgreement> masks_of(std::vector<Compared> compared,
                                    std::vector<std::string>& notes,
                                    Context& context) {
  // Case by case, so that no more than the labels of one are held.
  std::stable_sort(compared.begin(), compared.end(), [](const Compared& a, const Compared& b) {
    return a.case_id < b.case_id;
  });
  std::map<std::tuple<std::string, std::string, std::string, std::uint16_t>, MaskAgreement> found;
  Masks masks;
  std::string in_hand;
  for (const Compared& one : compared) {
    if (one.case_id != in_hand) masks = Masks();
    in_hand = one.case_id;
    const Labels* first = masks.of(*one.first, notes);
    const Labels* second = masks.of(*one.second, notes);
    if (first == nullptr || second == nullptr) continue;
    try {
      for (const auto& structure : label_agreement::compare(*first, *second, context)) {
        MaskAgreement& at = found[std::tuple_cat(place(one.pair), std::tuple(structure.label))];
        at.pair = one.pair;
        at.structure = anatomy::short_name(structure.label);
        at.cases.push_back({one.case_id, structure});
      }
    } catch (const Error& e) {
      if (e.code() != Errc::kInput) throw;
      notes.push_back(fmt::format("case {}, {} and {}: no masks are compared: {}",
                                  one.case_id,
                                  one.pair.first,
                                  one.pair.second,
                                  e.what()));
    }
  }
  std::vector<MaskAgreement> all;
  for (auto& [key, one] : found) all.push_back(std::move(one));
  return all;
}

}  // namespace ledd::review
