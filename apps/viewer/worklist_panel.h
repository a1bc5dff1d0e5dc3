#pragma once
#include <QWidget>
#include <map>
#include <string>
#include <vector>

#include "ledd/review/worklist.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QTableWidget;

namespace ledd::viewer {

/// The cases of a folder, narrowed by what the reader chooses; one of them is current.
class WorklistPanel : public QWidget {
  Q_OBJECT
 public:
  explicit WorklistPanel(QWidget* parent = nullptr);

  /// @param blinded  the cases are called by their places in `items`, whatever of them is shown.
  void set_items(std::vector<review::Item> items, bool blinded);
  const std::vector<review::Item>& shown() const noexcept { return shown_; }

  /// The case `by` rows further, or empty at the end of the list.
  std::string neighbour(int by) const;
  const std::string& current() const noexcept { return current_; }
  void go_to(const std::string& case_id);
  void go_to_first();
  /// What people call it here.
  QString name_of(const std::string& case_id) const;

 signals:
  void chosen(const QString& case_id);

 private:
  void narrow();
  void fill();
  void mark_current();

  std::vector<review::Item> items_, shown_;
  std::string current_;
  std::ptrdiff_t place_ = 0;              ///< Of the current case, where it is or last was.
  std::map<std::string, QString> names_;  ///< Of cases, for people.
  QLineEdit* words_;
  QComboBox *pipeline_, *site_, *state_, *decision_;
  QCheckBox* eyes_;
  QTableWidget* table_;
  QLabel* count_;
};

}  // namespace ledd::viewer
