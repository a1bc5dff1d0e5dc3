#include "worklist_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

namespace ledd::viewer {
namespace {

constexpr int kColumns = 4;

void offer(QComboBox& box, const QString& all, const std::set<std::string>& names) {
  const QString before = box.currentData().toString();
  box.blockSignals(true);
  box.clear();
  box.addItem(all, QString());
  for (const auto& name : names) box.addItem(QString::fromStdString(name), QString::fromStdString(name));
  box.setCurrentIndex(std::max(0, box.findData(before)));
  box.blockSignals(false);
}

std::string chosen_in(const QComboBox& box) {
  return box.currentData().toString().toStdString();
}

}  // namespace

WorklistPanel::WorklistPanel(QWidget* parent)
    : QWidget(parent),
      words_(new QLineEdit),
      pipeline_(new QComboBox),
      site_(new QComboBox),
      state_(new QComboBox),
      decision_(new QComboBox),
      eyes_(new QCheckBox("needs eyes")),
      table_(new QTableWidget(0, kColumns)),
      count_(new QLabel) {
  words_->setPlaceholderText("case, subject, series ...");
  words_->setClearButtonEnabled(true);
  words_->setToolTip("Show only cases that hold all these words");
  eyes_->setToolTip("Show only cases with a value that somebody should look at");
  table_->setHorizontalHeaderLabels({"Case", "Eyes", "Review", "Subject"});
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->verticalHeader()->hide();
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table_->horizontalHeader()->setStretchLastSection(true);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(4, 4, 4, 4);
  layout->addWidget(words_);
  for (QComboBox* box : {pipeline_, site_, state_, decision_}) layout->addWidget(box);
  layout->addWidget(eyes_);
  layout->addWidget(table_, 1);
  layout->addWidget(count_);
  for (const auto& [state, text] :
       {std::pair("", "any state"), {"done", "measured"}, {"failed", "failed"}, {"quarantined", "set aside"}})
    state_->addItem(text, QString(state));
  for (const auto& [decision, text] : {std::pair("", "any review"),
                                       {"-", "not reviewed"},
                                       {"accepted", "accepted"},
                                       {"rejected", "rejected"},
                                       {"corrected", "corrected"},
                                       {"disagreed", "readers disagree"},
                                       {"outdated", "reviewed before a change"},
                                       {"unreliable", "record broken"}})
    decision_->addItem(text, QString(decision));
  connect(words_, &QLineEdit::textChanged, this, [this] { narrow(); });
  connect(eyes_, &QCheckBox::toggled, this, [this] { narrow(); });
  for (QComboBox* box : {pipeline_, site_, state_, decision_})
    connect(box, qOverload<int>(&QComboBox::currentIndexChanged), this, [this] { narrow(); });
  table_->setFocusPolicy(Qt::NoFocus);  // the arrow keys are the pictures'
  connect(table_, &QTableWidget::currentCellChanged, this, [this](int row, int, int, int) {
    if (row >= 0 && row < static_cast<int>(shown_.size()))
      go_to(shown_[static_cast<std::size_t>(row)].case_id);
  });
}

void WorklistPanel::set_items(std::vector<review::Item> items, bool blinded) {
  items_ = std::move(items);
  names_.clear();
  for (std::size_t n = 0; n < items_.size(); ++n)
    names_[items_[n].case_id] = QString::fromStdString(blinded ? review::blinded_name(n) : items_[n].case_id);
  std::set<std::string> pipelines, sites;
  for (const auto& item : items_) {
    pipelines.insert(item.pipeline);
    if (!item.site.empty()) sites.insert(item.site);
  }
  offer(*pipeline_, "any pipeline", pipelines);
  offer(*site_, "any site", sites);
  narrow();
}

void WorklistPanel::narrow() {
  review::Filter filter;
  filter.pipeline = chosen_in(*pipeline_);
  filter.site = chosen_in(*site_);
  filter.state = chosen_in(*state_);
  filter.decision = chosen_in(*decision_);
  filter.needs_eyes = eyes_->isChecked();
  filter.words = words_->text().toStdString();
  shown_ = review::filtered(items_, filter);
  fill();
}

void WorklistPanel::fill() {
  table_->blockSignals(true);
  table_->setRowCount(static_cast<int>(shown_.size()));
  for (std::size_t n = 0; n < shown_.size(); ++n) {
    const auto& item = shown_[n];
    const std::string state = item.state != "done" ? item.state : item.standing.decision;
    const std::array<QString, kColumns> cells{
        name_of(item.case_id),
        item.state == "done" ? QString::number(item.eyes) : QString("-"),
        QString::fromStdString(state),
        QString::fromStdString(item.subject)};
    for (int column = 0; column < kColumns; ++column) {
      auto* const cell = new QTableWidgetItem(cells[static_cast<std::size_t>(column)]);
      cell->setData(Qt::UserRole, QString::fromStdString(item.case_id));
      cell->setToolTip(
          QString::fromStdString(item.reason.empty() ? item.series : item.reason).toHtmlEscaped());
      table_->setItem(static_cast<int>(n), column, cell);
    }
  }
  mark_current();
  table_->blockSignals(false);
  count_->setText(QString("%1 of %2 cases").arg(shown_.size()).arg(items_.size()));
}

/// The row of the current case; none when it is filtered away.
void WorklistPanel::mark_current() {
  const auto at =
      std::find_if(shown_.begin(), shown_.end(), [&](const auto& item) { return item.case_id == current_; });
  if (at == shown_.end()) {
    table_->setCurrentCell(-1, -1);
    return;
  }
  place_ = at - shown_.begin();
  table_->setCurrentCell(static_cast<int>(place_), 0);
}

std::string WorklistPanel::neighbour(int by) const {
  // Where the current case is filtered away, the next one has taken its place.
  const bool there = table_->currentRow() >= 0;
  const std::ptrdiff_t place = place_ + by - (!there && by > 0 ? 1 : 0);
  if (current_.empty() || place < 0 || place >= static_cast<std::ptrdiff_t>(shown_.size())) return {};
  return shown_[static_cast<std::size_t>(place)].case_id;
}

QString WorklistPanel::name_of(const std::string& case_id) const {
  const auto at = names_.find(case_id);
  return at == names_.end() ? QString() : at->second;
}

void WorklistPanel::go_to_first() {
  if (!shown_.empty()) go_to(shown_.front().case_id);
}

void WorklistPanel::go_to(const std::string& case_id) {
  if (case_id == current_) return;
  current_ = case_id;
  table_->blockSignals(true);
  mark_current();
  table_->blockSignals(false);
  emit chosen(QString::fromStdString(case_id));
}

}  // namespace ledd::viewer
