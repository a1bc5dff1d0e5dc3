#pragma once
#include <QElapsedTimer>
#include <QWidget>
#include <string>

#include "ledd/cases/open_case.h"
#include "ledd/review_record/review_record.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace ledd::viewer {

/// What a case says of itself, and the reader's verdict on it.
class JudgePanel : public QWidget {
  Q_OBJECT
 public:
  explicit JudgePanel(QWidget* parent = nullptr);

  enum class Names { kShown, kBlinded };
  /// Starts the clock.
  void show_case(const cases::OpenCase& opened, const review_record::Standing& standing, Names names);
  void clear();
  /// A case without a result to look at, and why.
  void show_nothing(const QString& why);

  /// It is saved: says so, and empties the fields for the next word.
  void said(const review_record::Decision& decision);

  std::string comment() const;
  double seconds() const;  ///< That the case is on the screen.

  void accept_case();
  /// Without a reason it asks for one: focus goes to the field.
  void reject_case();
  void comment_case();

 signals:
  /// Without reader, case and result, which the panel does not know.
  void judged(const ledd::review_record::Decision& decision);

 private:
  review_record::Decision decision_of(review_record::Verdict verdict) const;

  QLabel *title_, *standing_;
  QListWidget* doubts_;
  QComboBox *structure_, *reason_;
  QLineEdit* comment_;
  QPushButton *accept_, *reject_, *say_;
  QElapsedTimer clock_;
  bool blinded_ = false;
};

}  // namespace ledd::viewer
