#include "judge_panel.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>
#include <map>

#include "ledd/review/worklist.h"

namespace ledd::viewer {
namespace {

QString value_of(const Measurement& m) {
  const bool plain = m.statistic.empty() || m.statistic == "value" || m.statistic == "mean";
  const QString name = QString::fromStdString(m.endpoint + (plain ? "" : " (" + m.statistic + ")"));
  if (!m.value) return name + " not measurable";
  return QString("%1 %2 %3")
      .arg(name)
      .arg(*m.value, 0, 'g', 4)
      .arg(QString::fromStdString(m.unit == "1" ? "" : m.unit))
      .trimmed();
}

/// What one reason puts in doubt at one place: one line to read, however many values hang on it.
QStringList lines_of(const std::vector<Measurement>& doubts) {
  QStringList places;
  std::map<QString, QStringList> values;
  for (const Measurement& m : doubts) {
    const QString place =
        QString::fromStdString(m.side + " " + m.region).trimmed() + "\n" + QString::fromStdString(m.reason);
    if (!values.contains(place)) places << place;
    values[place] << value_of(m);
  }
  QStringList lines;
  for (const QString& place : places) {
    const QString where = place.section('\n', 0, 0), why = place.section('\n', 1);
    lines << (where.isEmpty() ? "" : where + ": ") + values[place].join(", ") + "\n" + why;
  }
  return lines;
}

}  // namespace

JudgePanel::JudgePanel(QWidget* parent)
    : QWidget(parent),
      title_(new QLabel),
      standing_(new QLabel),
      doubts_(new QListWidget),
      structure_(new QComboBox),
      reason_(new QComboBox),
      comment_(new QLineEdit),
      accept_(new QPushButton("Accept (A)")),
      reject_(new QPushButton("Reject (R)")),
      say_(new QPushButton("Comment (C)")) {
  title_->setWordWrap(true);
  title_->setTextFormat(Qt::PlainText);
  standing_->setTextFormat(Qt::PlainText);
  standing_->setWordWrap(true);
  doubts_->setWordWrap(true);
  doubts_->setToolTip("Values that somebody should look at, and why");
  reason_->setEditable(true);
  for (const auto& reason : review_record::usual_reasons()) reason_->addItem(QString::fromStdString(reason));
  reason_->setCurrentIndex(-1);
  reason_->setToolTip("Why the case is rejected: choose, or type another reason");
  structure_->setToolTip("Judge the whole case, or one structure of it");
  comment_->setMaxLength(400);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(4, 4, 4, 4);
  layout->addWidget(title_);
  layout->addWidget(standing_);
  layout->addWidget(doubts_, 1);
  auto* const form = new QFormLayout;
  form->addRow("Of", structure_);
  form->addRow("Reason", reason_);
  form->addRow("Comment", comment_);
  layout->addLayout(form);
  for (QPushButton* button : {accept_, reject_, say_}) {
    button->setFocusPolicy(Qt::NoFocus);  // keys stay with the pictures
    layout->addWidget(button);
  }
  connect(accept_, &QPushButton::clicked, this, [this] { accept_case(); });
  connect(reject_, &QPushButton::clicked, this, [this] { reject_case(); });
  connect(say_, &QPushButton::clicked, this, [this] { comment_case(); });
  // Chosen with the mouse, the keys are the pictures' again; typed, Enter says it.
  connect(reason_, qOverload<int>(&QComboBox::activated), reason_, [this] { reason_->clearFocus(); });
  connect(reason_->lineEdit(), &QLineEdit::returnPressed, this, [this] { reject_case(); });
  connect(comment_, &QLineEdit::returnPressed, this, [this] { comment_case(); });
  clear();
}

void JudgePanel::clear() {
  title_->setText("no case");
  standing_->clear();
  doubts_->clear();
  setEnabled(false);
}

void JudgePanel::show_nothing(const QString& why) {
  clear();
  title_->setText(why);
}

void JudgePanel::show_case(const cases::OpenCase& opened,
                           const review_record::Standing& standing,
                           Names names) {
  blinded_ = names == Names::kBlinded;
  const auto& info = opened.endpoints.info;
  title_->setText(QString::fromStdString(blinded_ ? info.pipeline
                                                  : info.pipeline + " " + info.case_id + "\n" + info.subject +
                                                        " " + info.study_date));
  standing_->setText(standing.decision.empty() || blinded_
                         ? QString()
                         : QString::fromStdString(standing.decision + " by " + standing.reader + " " +
                                                  standing.reviewed.substr(0, 10)));
  doubts_->clear();
  doubts_->addItems(lines_of(review::doubts_of(opened.endpoints)));
  structure_->clear();
  structure_->addItem("whole case", QString());
  for (const auto& [id, structure] : opened.structures) {
    const auto name = QString::fromStdString(structure.name);
    structure_->addItem(name, name);
  }
  reason_->setCurrentIndex(-1);
  reason_->clearEditText();
  comment_->clear();
  setEnabled(true);
  clock_.start();
}

review_record::Decision JudgePanel::decision_of(review_record::Verdict verdict) const {
  review_record::Decision decision;
  decision.verdict = verdict;
  decision.structure = structure_->currentData().toString().toStdString();
  if (verdict == review_record::Verdict::kRejected) decision.reason = reason_->currentText().toStdString();
  decision.comment = comment();
  decision.seconds = seconds();
  decision.blinded = blinded_;
  return decision;
}

void JudgePanel::said(const review_record::Decision& decision) {
  const std::string of = decision.structure.empty() ? "" : decision.structure + " ";
  standing_->setText(QString::fromStdString(of + std::string(name_of(decision.verdict))) + ", saved");
  reason_->setCurrentIndex(-1);
  reason_->clearEditText();
  comment_->clear();
}

std::string JudgePanel::comment() const {
  return comment_->text().toStdString();
}

double JudgePanel::seconds() const {
  return static_cast<double>(clock_.elapsed()) / 1000.0;
}

void JudgePanel::accept_case() {
  if (isEnabled()) emit judged(decision_of(review_record::Verdict::kAccepted));
}

void JudgePanel::reject_case() {
  if (!isEnabled()) return;
  if (reason_->currentText().trimmed().isEmpty()) {
    reason_->setFocus();
    reason_->showPopup();
    return;
  }
  emit judged(decision_of(review_record::Verdict::kRejected));
}

void JudgePanel::comment_case() {
  if (!isEnabled()) return;
  if (comment_->text().trimmed().isEmpty()) {
    comment_->setFocus();
    return;
  }
  emit judged(decision_of(review_record::Verdict::kComment));
}

}  // namespace ledd::viewer
