#pragma once
#include <QWidget>
#include <functional>
#include <string>
#include <vector>

#include "command.h"
#include "plane_widget.h"

class QButtonGroup;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSlider;

namespace ledd::viewer {

class BackgroundEdit;
class StepsList;
class StructureList;

/// Correcting by hand: tools, operations, steps. What is refused is said as a sentence and changes nothing.
class EditPanel : public QWidget {
  Q_OBJECT
 public:
  EditPanel(Scene& scene, std::vector<PlaneWidget*> planes, QWidget* parent = nullptr);
  ~EditPanel() override;
  EditPanel(const EditPanel&) = delete;
  EditPanel& operator=(const EditPanel&) = delete;

  Commands commands();
  /// Whether corrections are possible now, and if not, why not: a sentence.
  void set_editable(bool editable, const QString& why);
  /// Which structures "add a structure" offers; all for a name that is not known.
  void set_pipeline(const std::string& pipeline);
  /// Something is being worked out; corrections wait for it.
  bool busy() const;
  StructureList& structures() { return *structures_; }
  const Tool& tool() const noexcept { return tool_; }

 signals:
  /// Save the correction and measure again.
  void publish_wanted();
  void said(const QString& text);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* tools();
  QWidget* operations();
  QWidget* history();
  QPushButton* button(const QString& text, const QString& tip, std::function<void()> run);
  void follow_scene();
  void choose_tool(Tool::Kind kind);
  void apply_tool();
  void set_radius(double radius_mm);
  void step_radius(int steps);
  void nudge(int steps);
  void offer_over();
  bool ready();
  void say(const QString& text);
  void perform(const QString& doing, Scene::Operation operation);
  void fill_between();
  void smooth();
  void relabel(bool whole, bool away);
  void shift(label_editing::Levels direction);
  void go_to(int steps);
  void save();

  Scene& scene_;
  std::vector<PlaneWidget*> planes_;
  PlaneWidget* active_;
  Tool tool_;
  double brush_mm_ = 3.0, reach_mm_ = 10.0;
  bool editable_ = true;
  QString why_;
  StructureList* structures_;
  StepsList* steps_;
  BackgroundEdit* work_;
  QWidget* body_ = nullptr;
  QButtonGroup* kinds_ = nullptr;
  QPushButton* begin_ = nullptr;
  QComboBox *add_ = nullptr, *shape_ = nullptr, *over_ = nullptr, *gaps_ = nullptr;
  QSlider* radius_ = nullptr;
  QLabel *radius_text_ = nullptr, *state_;
  QDoubleSpinBox* sigma_ = nullptr;
};

}  // namespace ledd::viewer
