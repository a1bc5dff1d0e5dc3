#include "case_loader.h"

#include <atomic>
#include <thread>

#include "ledd/core/error.h"

namespace ledd::viewer {

/// One case that is being opened, or was.
struct CaseLoader::Job {
  std::thread thread;
  Context context{{}, static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))};
  std::atomic<bool> done{false};
  std::shared_ptr<cases::OpenCase> opened;
  std::string error;

  ~Job() {
    context.cancel();
    if (thread.joinable()) thread.join();
  }
};

CaseLoader::CaseLoader(std::filesystem::path out, std::vector<std::filesystem::path> look_in, QObject* parent)
    : QObject(parent), out_(std::move(out)), look_in_(std::move(look_in)) {}

CaseLoader::~CaseLoader() = default;

void CaseLoader::want(const std::string& case_id) {
  wanted_ = case_id;
  // Of earlier cases nothing is kept: two volumes in memory are enough.
  std::erase_if(jobs_, [&](const auto& job) { return job.first != case_id && job.first != next_; });
  begin(case_id);
  answer(case_id);
}

void CaseLoader::preload(const std::string& case_id) {
  next_ = case_id;
  std::erase_if(jobs_, [&](const auto& job) { return job.first != wanted_ && job.first != next_; });
  begin(case_id);
}

void CaseLoader::forget(const std::string& case_id) {
  jobs_.erase(case_id);
}

void CaseLoader::begin(const std::string& case_id) {
  if (jobs_.contains(case_id)) return;
  const auto job = std::make_shared<Job>();
  jobs_[case_id] = job;
  job->thread =
      std::thread([this, case_id, folder = out_ / "cases" / case_id, look_in = look_in_, job = job.get()] {
        try {
          job->opened = std::make_shared<cases::OpenCase>(cases::open_case(folder, look_in, job->context));
        } catch (const std::exception& e) {
          job->error = e.what();
        }
        job->done = true;
        QMetaObject::invokeMethod(
            this, [this, case_id] { answer(case_id); }, Qt::QueuedConnection);
      });
}

void CaseLoader::answer(const std::string& case_id) {
  const auto at = jobs_.find(case_id);
  if (case_id != wanted_ || at == jobs_.end() || !at->second->done) return;
  wanted_.clear();
  const auto job = at->second;
  if (job->opened)
    emit loaded(QString::fromStdString(case_id), job->opened);
  else
    emit failed(QString::fromStdString(case_id), QString::fromStdString(job->error));
}

}  // namespace ledd::viewer
