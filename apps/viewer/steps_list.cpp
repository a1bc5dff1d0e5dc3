#include "steps_list.h"

namespace ledd::viewer {

StepsList::StepsList(Scene& scene, QWidget* parent) : QListWidget(parent), scene_(scene) {
  setFocusPolicy(Qt::NoFocus);  // keys stay with the pictures
  setToolTip("What was done, the last below; a click on a step goes back to it, or forward again");
  connect(&scene, &Scene::shown, this, [this] { fill(); });
  connect(&scene, &Scene::labels_replaced, this, [this] { fill(); });
  connect(
      &scene, &Scene::corrected, this, [this](const label_editing::Change&, label_editing::Entry::Kind kind) {
        follow(kind);
      });
  connect(this, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) { emit wanted(row(item)); });
  fill();
}

/// A stroke comes in many pieces: only its words may be others.
void StepsList::follow(label_editing::Entry::Kind kind) {
  const auto& steps = scene_.history()->steps();
  if (kind != label_editing::Entry::Kind::kExtend || count() != static_cast<int>(steps.size()) + 1)
    return fill();
  item(count() - 1)->setText(QString::fromStdString(steps.back().what));
}

void StepsList::fill() {
  clear();
  const auto* const history = scene_.history();
  if (history == nullptr) return;
  addItem("before the first step");
  for (const auto& step : history->steps()) addItem(QString::fromStdString(step.what));
  const int last = count() - 1;
  const auto& undone = history->undone();
  for (auto step = undone.rbegin(); step != undone.rend(); ++step) {
    auto* const grey = new QListWidgetItem(QString::fromStdString(step->what));
    grey->setForeground(Qt::gray);
    addItem(grey);
  }
  setCurrentRow(last);
}

}  // namespace ledd::viewer
