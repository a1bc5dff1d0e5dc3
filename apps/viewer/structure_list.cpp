#include "structure_list.h"

#include <QPixmap>
#include <algorithm>

#include "ledd/anatomy/anatomy.h"

namespace ledd::viewer {
namespace {

constexpr std::size_t kIds = 65536;

QIcon icon_of(const plane_view::Overlay& overlay, std::uint16_t id) {
  QPixmap square(12, 12);
  const auto at = overlay.rgb.find(id);
  square.fill(at == overlay.rgb.end() ? QColor(Qt::gray)
                                      : QColor(at->second[0], at->second[1], at->second[2]));
  return square;
}

}  // namespace

StructureList::StructureList(Scene& scene, QWidget* parent)
    : QListWidget(parent), scene_(scene), listed_(kIds) {
  setFocusPolicy(Qt::NoFocus);  // keys stay with the pictures
  setToolTip("The structure that is drawn, smoothed, renamed to ... Keys 1 to 9 choose the first nine");
  connect(&scene, &Scene::shown, this, [this] {
    std::fill(listed_.begin(), listed_.end(), false);
    ids_.clear();
    find();
  });
  connect(&scene, &Scene::labels_replaced, this, [this] { find(); });
  connect(&scene, &Scene::corrected, this, [this](const label_editing::Change& change) { follow(change); });
  connect(this, &QListWidget::currentRowChanged, this, [this] { emit chosen_changed(); });
  if (!scene.empty()) find();
}

void StructureList::find() {
  if (const Labels* const labels = scene_.labels(); labels != nullptr) {
    const auto* voxel = labels->GetBufferPointer();
    const auto* const end = voxel + labels->GetLargestPossibleRegion().GetNumberOfPixels();
    for (std::uint16_t last = 0; voxel != end; ++voxel)
      if (*voxel != last) {
        last = *voxel;
        listed_[last] = true;
      }
  }
  fill();
}

void StructureList::follow(const label_editing::Change& change) {
  bool more = false;
  for (const auto& span : change.spans) {
    if (listed_[span.after] || span.after == 0) continue;
    listed_[span.after] = more = true;
  }
  if (more) fill();
}

void StructureList::fill() {
  const std::uint16_t before = chosen();
  for (std::size_t id = 1; id < kIds; ++id)
    if (listed_[id] && std::find(ids_.begin(), ids_.end(), id) == ids_.end())
      ids_.push_back(static_cast<std::uint16_t>(id));
  const auto overlay = scene_.layers().overlay;
  blockSignals(true);
  clear();
  for (std::size_t n = 0; n < ids_.size(); ++n) {
    const QString digit = n < 9 ? QString::number(n + 1) : QString(" ");
    auto* const item = new QListWidgetItem(icon_of(overlay, ids_[n]),
                                           digit + "  " + QString::fromStdString(scene_.name_of(ids_[n])));
    if (const auto* const structure = anatomy::find(ids_[n]); structure != nullptr)
      item->setToolTip(QString::fromStdString(structure->name));
    addItem(item);
  }
  choose(before);
  blockSignals(false);
  emit listed();
  if (chosen() != before) emit chosen_changed();
}

std::uint16_t StructureList::chosen() const {
  const int row = currentRow();
  return row < 0 || row >= static_cast<int>(ids_.size()) ? 0 : ids_[static_cast<std::size_t>(row)];
}

void StructureList::choose(std::uint16_t id) {
  const auto at = std::find(ids_.begin(), ids_.end(), id);
  setCurrentRow(at == ids_.end() ? -1 : static_cast<int>(at - ids_.begin()));
}

void StructureList::choose_row(int row) {
  if (row >= 0 && row < static_cast<int>(ids_.size())) setCurrentRow(row);
}

void StructureList::add(std::uint16_t id) {
  if (id == 0) return;
  listed_[id] = true;
  fill();
  choose(id);
}

}  // namespace ledd::viewer
