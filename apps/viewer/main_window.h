#pragma once
#include <QMainWindow>
#include <array>
#include <string>
#include <vector>

#include "command.h"
#include "session.h"

class QGridLayout;
class QLabel;
class QTabWidget;

namespace ledd::viewer {

class BesidePanel;
class EditPanel;
class JudgePanel;
class PlaneWidget;
class SurfaceWidget;
class WorklistPanel;

/// The window: the list on the left, three planes and the surfaces in the middle, what is said and done of
/// the case on the right. It only joins the parts: each follows the scene or the session.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(Session& session, Scene& scene);

  /// Reads the list and opens its first case.
  void begin();
  /// All that can be done, with its key: what the menus and the key sheet are made from.
  const Commands& commands() const noexcept { return commands_; }
  /// Says something that must be read; never waits for the answer.
  void tell(const QString& title, const QString& text);

 signals:
  /// A window of its own for another folder.
  void another_wanted(const QString& folder);

 protected:
  void closeEvent(QCloseEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void lay_out();
  void connect_session();
  void gather_commands();
  Commands case_commands();
  void make_menus();
  void go_on_after(const review_record::Decision& decision);
  void go(int by);
  void open(const std::string& case_id);
  void show_case();
  void save_correction();
  void choose_folder();
  void say(const QString& text);
  void ask_about_draft(int steps, bool cut_off);
  void enlarge(QWidget* view);
  void show_keys();

  Session& session_;
  Scene& scene_;
  Commands commands_;
  WorklistPanel* worklist_;
  JudgePanel* judge_;
  std::array<PlaneWidget*, 3> planes_;
  SurfaceWidget* surfaces_;
  EditPanel* edit_panel_;
  BesidePanel* beside_;
  QTabWidget* tabs_;
  QLabel* reader_;
  QWidget* large_ = nullptr;  ///< The one view shown alone; null: all four.
};

}  // namespace ledd::viewer
