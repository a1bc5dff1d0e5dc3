#pragma once
#include <QObject>
#include <memory>
#include <vector>

#include "scene.h"

namespace ledd::viewer {

/// Works out a correction that takes longer than a frame, while the window goes on. The labels must not
/// change meanwhile.
class BackgroundEdit : public QObject {
  Q_OBJECT
 public:
  explicit BackgroundEdit(QObject* parent = nullptr) : QObject(parent) {}
  ~BackgroundEdit() override;
  BackgroundEdit(const BackgroundEdit&) = delete;
  BackgroundEdit& operator=(const BackgroundEdit&) = delete;

  /// Answers with done() or refused(). One at a time.
  void start(const Labels& labels, Scene::Operation operation);
  bool busy() const noexcept { return job_ != nullptr; }
  /// The answer is not wanted any more: another case is shown.
  void forget();

 signals:
  void done(const ledd::label_editing::Change& change);
  void refused(const QString& why);

 private:
  struct Job;
  void take(const std::shared_ptr<Job>& job);

  std::shared_ptr<Job> job_;
  std::vector<std::shared_ptr<Job>> forgotten_;
};

}  // namespace ledd::viewer
