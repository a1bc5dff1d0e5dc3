#include "edit_panel.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "background_edit.h"
#include "edit_panel_parts.h"
#include "steps_list.h"
#include "structure_list.h"

namespace ledd::viewer {
namespace {

constexpr double kNudgeMm = 0.5;

}  // namespace

EditPanel::EditPanel(Scene& scene, std::vector<PlaneWidget*> planes, QWidget* parent)
    : QWidget(parent),
      scene_(scene),
      planes_(std::move(planes)),
      active_(planes_.empty() ? nullptr : planes_.front()),
      pressed_(active_),
      structures_(new StructureList(scene)),
      steps_(new StepsList(scene)),
      work_(new BackgroundEdit(this)),
      state_(new QLabel) {
  state_->setTextFormat(Qt::PlainText);
  state_->setWordWrap(true);
  state_->setObjectName("state");
  begin_ = button("Begin labels", "An empty label map on the grid of this scan", [this] {
    scene_.begin_labels();
    say("choose a structure to add, then draw it");
  });
  body_ = new QWidget;
  auto* const inner = new QVBoxLayout(body_);
  inner->setContentsMargins(0, 0, 0, 0);
  inner->addWidget(tools(), 3);
  inner->addWidget(operations());
  inner->addWidget(history(), 1);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(4, 4, 4, 4);
  layout->addWidget(begin_);
  layout->addWidget(body_, 1);
  layout->addWidget(state_);
  follow_scene();
  set_pipeline({});
  choose_tool(Tool::Kind::kCursor);
}

EditPanel::~EditPanel() = default;

void EditPanel::follow_scene() {
  const auto look = [this] {
    begin_->setVisible(!scene_.empty() && scene_.labels() == nullptr);
    body_->setEnabled(editable_ && scene_.labels() != nullptr);
  };
  connect(&scene_, &Scene::shown, this, [this, look] {
    work_->forget();
    look();
    choose_tool(Tool::Kind::kCursor);  // a click on the next case must not draw
  });
  connect(&scene_, &Scene::labels_replaced, this, look);
  connect(structures_, &StructureList::chosen_changed, this, [this] { apply_tool(); });
  connect(structures_, &StructureList::listed, this, [this] { offer_over(); });
  connect(steps_, &StepsList::wanted, this, [this](int steps) { go_to(steps); });
  connect(work_, &BackgroundEdit::done, this, [this](const label_editing::Change& change) {
    apply_tool();
    scene_.correct(change);
    say(change.empty() ? QString("nothing changes") : QString::fromStdString(change.what));
  });
  connect(work_, &BackgroundEdit::refused, this, [this](const QString& why) {
    apply_tool();
    say(why);
  });
  for (PlaneWidget* plane : planes_) {
    plane->installEventFilter(this);
    connect(plane, &PlaneWidget::said, this, [this](const QString& why) { say(why); });
    connect(plane, &PlaneWidget::radius_wanted, this, [this](int notches) { step_radius(notches); });
  }
  look();
}

bool EditPanel::eventFilter(QObject* watched, QEvent* event) {
  const bool press = event->type() == QEvent::MouseButtonPress;
  if (event->type() == QEvent::Enter || press)
    for (PlaneWidget* plane : planes_)
      if (plane == watched) {
        active_ = plane;
        if (press) pressed_ = plane;
      }
  return QWidget::eventFilter(watched, event);
}

void EditPanel::set_editable(bool editable, const QString& why) {
  editable_ = editable;
  why_ = why;
  body_->setEnabled(editable_ && scene_.labels() != nullptr);
  begin_->setEnabled(editable_);
  apply_tool();
  say(editable_ ? QString() : why_);
}

void EditPanel::set_pipeline(const std::string& pipeline) {
  add_->clear();
  add_->addItem("Add a structure ...", 0U);
  for (const auto& structure : anatomy::structures())
    if (belongs(structure.id, pipeline))
      add_->addItem(QString::fromStdString(structure.short_name + "  " + structure.name),
                    static_cast<unsigned>(structure.id));
}

bool EditPanel::busy() const {
  return work_->busy();
}

void EditPanel::say(const QString& text) {
  state_->setText(text);
  emit said(text);
}

/// Says why where nothing can be corrected now.
bool EditPanel::ready() {
  if (!editable_)
    say(why_);
  else if (scene_.labels() == nullptr)
    say("there are no labels to correct: begin some first");
  else if (work_->busy())
    say("the last correction is still being worked out");
  else
    return true;
  return false;
}

void EditPanel::choose_tool(Tool::Kind kind) {
  tool_.kind = kind == Tool::Kind::kCursor || ready() ? kind : Tool::Kind::kCursor;
  kinds_->button(static_cast<int>(tool_.kind))->setChecked(true);
  const bool landmark = tool_.kind == Tool::Kind::kLandmark;
  set_radius(landmark ? reach_mm_ : brush_mm_);
}

void EditPanel::set_radius(double radius_mm) {
  tool_.radius_mm = std::clamp(radius_mm, kLeastRadiusMm, kMostRadiusMm);
  (tool_.kind == Tool::Kind::kLandmark ? reach_mm_ : brush_mm_) = tool_.radius_mm;
  radius_->blockSignals(true);
  radius_->setValue(static_cast<int>(std::lround(10.0 * tool_.radius_mm)));
  radius_->blockSignals(false);
  radius_text_->setText(QString("%1 mm").arg(tool_.radius_mm, 0, 'f', 1));
  apply_tool();
}

/// The end that was clicked last.
void EditPanel::nudge(int steps) {
  if (ready() && pressed_ != nullptr) pressed_->nudge(steps * kNudgeMm);
}

/// Keys + and -: the radius by a tenth, or the end that was clicked last by half a millimetre.
void EditPanel::step_radius(int steps) {
  if (tool_.kind == Tool::Kind::kMoveEnd) return nudge(steps);
  set_radius(tool_.radius_mm * std::pow(1.1, steps));
}

void EditPanel::offer_over() {
  if (over_ == nullptr) return;
  const QVariant before = over_->currentData();
  over_->blockSignals(true);
  over_->clear();
  over_->addItem("background only", -1);
  over_->addItem("everything", -2);
  for (const std::uint16_t id : structures_->ids())
    over_->addItem("only " + QString::fromStdString(scene_.name_of(id)), static_cast<int>(id));
  over_->setCurrentIndex(std::max(0, over_->findData(before)));
  over_->blockSignals(false);
}

void EditPanel::apply_tool() {
  using label_editing::Over;
  tool_.id = structures_->chosen();
  tool_.ball = shape_->currentIndex() == 1;
  const int over = over_->currentData().toInt();
  tool_.over = over == -1 ? Over::kBackground : over == -2 ? Over::kEverything : Over::kOne;
  tool_.over_id = over > 0 ? static_cast<std::uint16_t>(over) : std::uint16_t{0};
  Tool used = tool_;
  if (!editable_ || work_->busy() || scene_.labels() == nullptr) used.kind = Tool::Kind::kCursor;
  for (PlaneWidget* plane : planes_) plane->set_tool(used);
}

void EditPanel::perform(const QString& doing, Scene::Operation operation) {
  if (!ready()) return;
  say(doing + " ...");
  work_->start(*scene_.labels(), std::move(operation));
  apply_tool();  // nothing is drawn meanwhile
}

void EditPanel::fill_between() {
  const std::uint16_t id = structures_->chosen();
  if (!ready()) return;
  if (id == 0 || active_ == nullptr) return say("choose the structure first");
  const unsigned axis = axis_across(*scene_.labels(), active_->plane());
  std::optional<label_editing::SliceRange> range;
  if (gaps_->currentIndex() == 1) {
    range = last_two_drawn(*scene_.history(), id, axis);
    if (!range) return say("draw the structure in two slices of the active plane first, with others between");
  }
  perform("fill between slices", [id, axis, range](const Labels& labels) {
    return label_editing::fill_between(labels, id, axis, range);
  });
}

void EditPanel::smooth() {
  const std::uint16_t id = structures_->chosen();
  if (!ready()) return;
  if (id == 0) return say("choose the structure first");
  perform("smooth", [id, sigma_mm = sigma_->value()](const Labels& labels) {
    return label_editing::smooth(labels, id, sigma_mm);
  });
}

void EditPanel::relabel(bool whole, bool away) {
  if (!ready()) return;
  const std::uint16_t to = away ? std::uint16_t{0} : structures_->chosen();
  if (!away && to == 0) return say("choose the structure that it is to become first");
  const auto voxel = voxel_at(*scene_.labels(), scene_.cursor_lps_mm());
  perform("rename", [to, whole, voxel](const Labels& labels) {
    require(labels.GetLargestPossibleRegion().IsInside(voxel) && labels.GetPixel(voxel) != 0,
            Errc::kInput,
            "there is no structure under the cursor");
    return whole ? label_editing::relabel(labels, labels.GetPixel(voxel), to)
                 : label_editing::relabel_part(labels, voxel, to);
  });
}

void EditPanel::shift(label_editing::Levels direction) {
  perform("levels",
          [direction](const Labels& labels) { return label_editing::shift_levels(labels, direction); });
}

void EditPanel::go_back() {
  if (!ready()) return;
  if (!scene_.history()->can_undo()) return say("there is nothing to undo");
  scene_.undo();
  say("undone: " + QString::fromStdString(scene_.history()->undone().back().what));
}

void EditPanel::go_forward() {
  if (!ready()) return;
  if (!scene_.history()->can_redo()) return say("there is nothing to do again");
  scene_.redo();
  say(QString::fromStdString(scene_.history()->steps().back().what));
}

void EditPanel::go_to(int steps) {
  if (!ready()) return;
  const auto& history = *scene_.history();
  while (static_cast<int>(history.steps().size()) > steps) scene_.undo();
  while (static_cast<int>(history.steps().size()) < steps && history.can_redo()) scene_.redo();
}

void EditPanel::save() {
  if (!ready()) return;
  if (!scene_.history()->can_undo()) return say("nothing was corrected");
  emit publish_wanted();
}

Commands EditPanel::commands() {
  const auto tool = [this](Tool::Kind kind) { return [this, kind] { choose_tool(kind); }; };
  const auto command = [](const char* text, const QKeySequence& key, std::function<void()> run) {
    return Command{"Correct", text, key, std::move(run)};
  };
  Commands all{
      command("Cursor", Qt::Key_Escape, tool(Tool::Kind::kCursor)),
      command("Brush", Qt::Key_B, tool(Tool::Kind::kBrush)),
      command("Eraser", Qt::Key_E, tool(Tool::Kind::kEraser)),
      command("Larger, or the end outwards", Qt::Key_Plus, [this] { step_radius(1); }),
      command("Smaller, or the end inwards", Qt::Key_Minus, [this] { step_radius(-1); }),
      command("Fill between slices", Qt::Key_G, [this] { fill_between(); }),
      command("Smooth", Qt::Key_S, [this] { smooth(); }),
      command("Rename the part under the cursor", Qt::Key_I, [this] { relabel(false, false); }),
      command("Move an end; again: a landmark",
              Qt::Key_V,
              [this] {
                choose_tool(tool_.kind == Tool::Kind::kMoveEnd ? Tool::Kind::kLandmark
                                                               : Tool::Kind::kMoveEnd);
              }),
      command("All levels up", Qt::Key_U, [this] { shift(label_editing::Levels::kUp); }),
      command("All levels down", Qt::Key_D, [this] { shift(label_editing::Levels::kDown); }),
      command("Undo", QKeySequence("Ctrl+Z"), [this] { go_back(); }),
      command("Redo", QKeySequence("Ctrl+Shift+Z"), [this] { go_forward(); }),
      command("Save and measure again", QKeySequence("Ctrl+S"), [this] { save(); }),
  };
  for (int n = 1; n <= 9; ++n)
    all.push_back({"Correct", QString("Structure %1").arg(n), QKeySequence(QString::number(n)), [this, n] {
                     structures_->choose_row(n - 1);
                   }});
  return all;
}

}  // namespace ledd::viewer
