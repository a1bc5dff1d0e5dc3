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

CaseLoader::CaseLoader(Open open, QObject* parent) : QObject(parent), open_(std::move(open)) {}

CaseLoader::~CaseLoader() = default;

void CaseLoader::want(const std::string& case_id) {
  wanted_ = case_id;
  keep_only(case_id, next_);
  begin(case_id);
  answer(case_id);
}

void CaseLoader::preload(const std::string& case_id) {
  next_ = case_id;
  keep_only(wanted_, next_);
  begin(case_id);
}

/// Of earlier cases nothing is kept: two volumes in memory are enough. A thread that still reads is told to
/// stop; the window does not wait until it has.
void CaseLoader::keep_only(const std::string& one, const std::string& other) {
  std::erase_if(leaving_, [](const auto& job) { return job->done.load(); });
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    if (at->first == one || at->first == other) {
      ++at;
      continue;
    }
    at->second->context.cancel();
    if (!at->second->done) leaving_.push_back(at->second);
    at = jobs_.erase(at);
  }
}

void CaseLoader::forget(const std::string& case_id) {
  jobs_.erase(case_id);
}

void CaseLoader::begin(const std::string& case_id) {
  if (jobs_.contains(case_id)) return;
  const auto job = std::make_shared<Job>();
  jobs_[case_id] = job;
  job->thread = std::thread([this, case_id, job = job.get()] {
    try {
      job->opened = std::make_shared<cases::OpenCase>(open_(case_id, job->context));
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
