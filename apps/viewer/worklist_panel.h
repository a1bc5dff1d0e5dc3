#pragma once
#include <QWidget>
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

  enum class Names { kShown, kBlinded };
  void set_items(std::vector<review::Item> items, Names names);
  const std::vector<review::Item>& shown() const noexcept { return shown_; }

  /// The case `by` rows further, or empty at the end of the list.
  std::string neighbour(int by) const;
  std::string current() const;
  void go_to(const std::string& case_id);

 signals:
  void chosen(const QString& case_id);

 private:
  void narrow();
  void fill();

  std::vector<review::Item> items_, shown_;
  Names names_ = Names::kShown;
  QLineEdit* words_;
  QComboBox *pipeline_, *site_, *decision_;
  QCheckBox* eyes_;
  QTableWidget* table_;
  QLabel* count_;
};

}  // namespace ledd::viewer
