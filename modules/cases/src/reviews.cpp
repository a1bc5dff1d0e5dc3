#include "reviews.h"

#include "ledd/files/files.h"
#include "ledd/review_record/review_record.h"

namespace ledd::cases {

namespace fs = std::filesystem;

Reviews::Reviews(const fs::path& out) : out_(out), any_(fs::is_directory(out / "reviews")) {}

store::Review Reviews::of(const std::string& case_id) const {
  if (!any_ || !fs::exists(out_ / "reviews" / (case_id + ".jsonl"))) return {};
  const auto record = review_record::record_of(out_, case_id);
  if (!record.problem.empty()) return {"", "", "unreliable"};
  const auto standing = review_record::standing_of(
      record.decisions, files::sha256_of_file(out_ / "cases" / case_id / "provenance.json"));
  return {standing.reviewed, standing.reader, standing.decision};
}

}  // namespace ledd::cases
