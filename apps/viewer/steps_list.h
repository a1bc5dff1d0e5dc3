#pragma once
#include <QListWidget>

#include "scene.h"

namespace ledd::viewer {

/// The steps of a correction, the last one below; those that were undone follow in grey. A click goes there.
class StepsList : public QListWidget {
  Q_OBJECT
 public:
  explicit StepsList(Scene& scene, QWidget* parent = nullptr);

 signals:
  /// So many steps are to be done, the others undone.
  void wanted(int steps);

 private:
  void follow(label_editing::Entry::Kind kind);
  void fill();

  Scene& scene_;
};

}  // namespace ledd::viewer
