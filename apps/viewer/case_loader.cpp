#include "case_loader.h"

#include <atomic>
#include <thread>
#include <utility>

#include "ledd/core/error.h"

#include "packed_case.h"

namespace ledd::viewer {

/// One case that is being opened, or was: what its thread writes is read by others once it is done.
struct CaseLoader::Job {
  std::thread thread;
  Context context{{}, static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))};
  std::atomic<bool> done{false}, wanted{false};
  std::shared_ptr<cases::OpenCase> opened;
  std::unique_ptr<PackedCase> packed;  ///< What `opened` is without; null when it is whole.
  std::string error;

  void open_with(const Open& open, const std::string& case_id);

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
  begin(case_id, true);
  answer(case_id);
}

void CaseLoader::preload(const std::string& case_id) {
  next_ = case_id;
  keep_only(wanted_, next_);
  begin(case_id, false);
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

void CaseLoader::begin(const std::string& case_id, bool wanted) {
  if (const auto at = jobs_.find(case_id); at != jobs_.end()) {
    if (wanted) at->second->wanted = true;
    return;
  }
  const auto job = std::make_shared<Job>();
  job->wanted = wanted;
  jobs_[case_id] = job;
  job->thread = std::thread([this, case_id, job = job.get()] {
    try {
      job->open_with(open_, case_id);
    } catch (const std::exception& e) {
      job->error = e.what();
    }
    job->done = true;
    tell(case_id);
  });
}

/// A case that waits is packed as soon as there is something to pack: labels, then the scan.
void CaseLoader::Job::open_with(const Open& open, const std::string& case_id) {
  LabelsRead labels_read;
  if (!wanted) {
    packed = std::make_unique<PackedCase>();
    labels_read = [this](Labels& labels) { packed->take(labels); };
  }
  auto made = std::make_shared<cases::OpenCase>(open(case_id, context, labels_read));
  if (packed && !wanted)
    packed->take(*made);
  else if (packed) {
    packed->give_back(*made);
    packed.reset();
  }
  opened = made;
}

void CaseLoader::unpack(const std::string& case_id, Job& job) {
  job.done = false;
  job.thread.join();  // it has nothing left to do
  job.thread = std::thread([this, case_id, job = &job] {
    try {
      job->packed->give_back(*job->opened);
    } catch (const std::exception& e) {
      job->opened.reset();
      job->error = e.what();
    }
    job->packed.reset();
    job->done = true;
    tell(case_id);
  });
}

void CaseLoader::tell(const std::string& case_id) {
  QMetaObject::invokeMethod(
      this, [this, case_id] { answer(case_id); }, Qt::QueuedConnection);
}

void CaseLoader::answer(const std::string& case_id) {
  const auto at = jobs_.find(case_id);
  if (case_id != wanted_ || at == jobs_.end() || !at->second->done) return;
  const auto job = at->second;
  if (job->opened && job->packed) return unpack(case_id, *job);
  wanted_.clear();
  jobs_.erase(case_id);
  if (job->opened)
    emit loaded(QString::fromStdString(case_id), std::exchange(job->opened, nullptr));
  else
    emit failed(QString::fromStdString(case_id), QString::fromStdString(job->error));
}

}  // namespace ledd::viewer
