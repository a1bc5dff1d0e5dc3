#pragma once
#include <fmt/format.h>

#include <array>
#include <mutex>
#include <string>
#include <string_view>

#include "ledd/cases/batch.h"

#include "record.h"

namespace ledd::cases {

/// Collects the lines of log.txt and passes them on.
class CaseLog {
 public:
  CaseLog(const std::string& case_id, const Listener& listener) : case_id_(case_id), listener_(listener) {}

  void add(Context::Level level, std::string_view text) {
    constexpr std::array<std::string_view, 3> kNames{"debug", "info", "warning"};
    {
      const std::lock_guard lock(mutex_);
      text_ += fmt::format("{} {}: {}\n", now_utc(), kNames.at(static_cast<std::size_t>(level)), text);
    }
    listener_.log(case_id_, level, text);
  }
  std::string text() const { return text_; }

 private:
  std::mutex mutex_;
  std::string text_;
  const std::string& case_id_;
  const Listener& listener_;
};

}  // namespace ledd::cases
