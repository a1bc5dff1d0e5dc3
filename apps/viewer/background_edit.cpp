#include "background_edit.h"

#include <thread>

namespace ledd::viewer {

struct BackgroundEdit::Job {
  Labels::ConstPointer labels;  // kept for as long as it is read
  label_editing::Change change;
  QString error;
  std::thread thread;
};

BackgroundEdit::~BackgroundEdit() {
  forget();
  for (const auto& job : forgotten_) job->thread.join();
}

void BackgroundEdit::start(const Labels& labels, Scene::Operation operation) {
  job_ = std::make_shared<Job>();
  job_->labels = &labels;
  job_->thread = std::thread([this, job = job_.get(), weak = std::weak_ptr(job_), operation] {
    try {
      job->change = operation(*job->labels);
    } catch (const std::exception& e) {
      job->error = e.what();
    }
    QMetaObject::invokeMethod(
        this,
        [this, weak] {
          if (const auto finished = weak.lock()) take(finished);
        },
        Qt::QueuedConnection);
  });
}

void BackgroundEdit::forget() {
  if (job_) forgotten_.push_back(std::move(job_));
  job_.reset();
}

void BackgroundEdit::take(const std::shared_ptr<Job>& job) {
  job->thread.join();
  if (job != job_) {
    std::erase(forgotten_, job);
    return;
  }
  job_.reset();
  if (job->error.isEmpty())
    emit done(job->change);
  else
    emit refused(job->error);
}

}  // namespace ledd::viewer
