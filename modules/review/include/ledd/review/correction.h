#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/image/image.h"
#include "ledd/review_record/review_record.h"

namespace ledd::review {
struct Correction {
  std::filesystem::path out;
  std::string case_id, reader, comment;
  double seconds = 0.0;
  bool blinded = false;
  std::string result_sha256;
};
struct Published {
  std::string case_id, result_sha256;
};
Published publish(const Correction& correction, const Labels& labels, const cases::Registry& registry, const std::vector<std::filesystem::path>& look_in, cases::Stop& stop);
void judge(const std::filesystem::path& out, const review_record::Decision& decision, const std::string& version);
}  // namespace ledd::review
