#include <QButtonGroup>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QVBoxLayout>

#include "edit_panel.h"
#include "edit_panel_parts.h"
#include "steps_list.h"
#include "structure_list.h"

namespace ledd::viewer {

QPushButton* EditPanel::button(const QString& text, const QString& tip, std::function<void()> run) {
  auto* const made = new QPushButton(text);
  made->setFocusPolicy(Qt::NoFocus);  // keys stay with the pictures
  made->setToolTip(tip);
  connect(made, &QPushButton::clicked, this, std::move(run));
  return made;
}

QWidget* EditPanel::tools() {
  auto* const part = new QWidget;
  auto* const layout = new QVBoxLayout(part);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* const row = new QGridLayout;
  kinds_ = new QButtonGroup(this);
  for (const auto& [kind, text, tip] : tool_words()) {
    auto* const made = button(text, tip, [this, kind = kind] { choose_tool(kind); });
    made->setCheckable(true);
    const int n = kinds_->buttons().size();
    kinds_->addButton(made, static_cast<int>(kind));
    row->addWidget(made, n / 3, n % 3);
  }
  layout->addLayout(row);
  layout->addWidget(structures_, 2);
  add_ = choice({}, "Another structure for the list");
  connect(add_, qOverload<int>(&QComboBox::activated), this, [this] {
    structures_->add(static_cast<std::uint16_t>(add_->currentData().toUInt()));
    add_->setCurrentIndex(0);
  });
  layout->addWidget(add_);
  auto* const form = new QFormLayout;
  radius_ = new QSlider(Qt::Horizontal);
  radius_->setRange(static_cast<int>(10 * kLeastRadiusMm), static_cast<int>(10 * kMostRadiusMm));
  radius_->setFocusPolicy(Qt::NoFocus);
  radius_->setToolTip(
      "Of the brush; of a landmark how far the outline follows. Also + and -, or the wheel "
      "with Shift");
  radius_text_ = new QLabel;
  connect(radius_, &QSlider::valueChanged, this, [this](int tenths) { set_radius(tenths / 10.0); });
  shape_ = choice({"disc, in this slice", "ball"}, "How far the brush goes across the slices");
  over_ = choice({}, "What may be drawn over; the eraser takes only from the chosen structure");
  for (QComboBox* box : {shape_, over_})
    connect(box, qOverload<int>(&QComboBox::currentIndexChanged), this, [this] { apply_tool(); });
  form->addRow("Radius", radius_);
  form->addRow("", radius_text_);
  form->addRow("Brush", shape_);
  form->addRow("Over", over_);
  layout->addLayout(form);
  offer_over();
  return part;
}

QWidget* EditPanel::operations() {
  auto* const part = new QWidget;
  auto* const grid = new QGridLayout(part);
  grid->setContentsMargins(0, 0, 0, 0);
  gaps_ = choice({"empty slices", "the last two drawn"},
                 "Fill slices that hold nothing of the structure, or make those between the last two that "
                 "were drawn anew");
  sigma_ = new QDoubleSpinBox;
  sigma_->setRange(0.1, 10.0);
  sigma_->setSingleStep(0.1);
  sigma_->setValue(1.0);
  sigma_->setSuffix(" mm");
  sigma_->setFocusPolicy(Qt::NoFocus);
  sigma_->setToolTip("Standard deviation of the Gaussian; what is thinner than twice as much goes");
  const auto add = [&](int row, int column, QWidget* widget) { grid->addWidget(widget, row, column); };
  add(0, 0, button("Fill between (G)", "Across the active plane", [this] { fill_between(); }));
  add(0, 1, gaps_);
  add(1, 0, button("Smooth (S)", "The chosen structure", [this] { smooth(); }));
  add(1, 1, sigma_);
  add(2, 0, button("Rename part (I)", "The part under the cursor gets the chosen structure's name", [this] {
        relabel(false, false);
      }));
  add(2, 1, button("Rename whole", "The whole structure under the cursor becomes the chosen one", [this] {
        relabel(true, false);
      }));
  add(3, 0, button("Remove part", "The part under the cursor becomes background", [this] {
        relabel(false, true);
      }));
  add(4, 0, button("Levels up (U)", "All vertebrae and discs one level up: S1 becomes L5", [this] {
        shift(label_editing::Levels::kUp);
      }));
  add(4, 1, button("Levels down (D)", "All vertebrae and discs one level down: L4 becomes L5", [this] {
        shift(label_editing::Levels::kDown);
      }));
  add(5, 0, button("End - 0.5 mm", "The end clicked last, inwards", [this] { nudge(-1); }));
  add(5, 1, button("End + 0.5 mm", "The end clicked last, outwards", [this] { nudge(1); }));
  return part;
}

QWidget* EditPanel::history() {
  auto* const part = new QWidget;
  auto* const grid = new QGridLayout(part);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->addWidget(steps_, 0, 0, 1, 2);
  grid->addWidget(button("Undo", "Ctrl+Z", [this] { go_back(); }), 1, 0);
  grid->addWidget(button("Redo", "Ctrl+Shift+Z", [this] { go_forward(); }), 1, 1);
  grid->addWidget(
      button(
          "Save and measure again", "A new version; the automatic result stays (Ctrl+S)", [this] { save(); }),
      2,
      0,
      1,
      2);
  return part;
}

}  // namespace ledd::viewer
