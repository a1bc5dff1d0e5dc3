#pragma once
#include <QWidget>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "beside.h"
#include "command.h"
#include "judge_panel.h"
#include "scene.h"

class QComboBox;
class QLabel;

namespace ledd::viewer {

class PlaneWidget;

/// Another visit or series beside the case: three planes that follow those of the case, with one cursor.
/// Looks for partners and loads them in the background, and only while it is on.
class BesidePanel : public QWidget {
  Q_OBJECT
 public:
  BesidePanel(Scene& main, std::array<PlaneWidget*, 3> leaders, QWidget* parent = nullptr);
  ~BesidePanel() override;
  BesidePanel(const BesidePanel&) = delete;
  BesidePanel& operator=(const BesidePanel&) = delete;

  using Names = JudgePanel::Names;
  /// The case that the main scene shows from now on. Blinded: nothing says which visit is which, nor whose.
  void show_case(const CasePlace& place, const cases::OpenCase& opened, Names names);
  /// No case: nothing of the last one stays.
  void clear();

  void set_on(bool on);
  bool is_on() const noexcept { return on_; }
  void next_partner();
  Commands commands();

  const Scene& scene() const noexcept { return scene_; }
  const std::array<PlaneWidget*, 3>& planes() const noexcept { return planes_; }
  /// What is above the planes: which partner it is, and how it was registered.
  QString words() const;
  bool linked() const noexcept { return linked_; }

 signals:
  void switched(bool on);
  /// A partner is shown, or it is said why there is none.
  void settled();

 private:
  struct Job;
  void lay_out();
  void begin(std::shared_ptr<Job> job);
  void finish(const std::shared_ptr<Job>& job);
  void retire();
  std::shared_ptr<const cases::OpenCase> as_opened() const;
  void look_for_partners();
  void offer(Partners partners);
  void open(int index);
  void show_beside(Beside beside);
  void lay_by(int frame);
  void link(bool linked);
  void say(const QString& words, const QString& notice = {});
  QString title_of(std::size_t index) const;
  void follow_look();

  Scene& main_;
  Scene scene_;
  std::array<PlaneWidget*, 3> leaders_, planes_;
  QLabel* title_;
  QComboBox *partner_box_, *frame_box_, *planes_box_;
  CasePlace place_;
  std::optional<cases::OpenCase> opened_;
  bool labels_of_scene_ = false;  ///< opened_ is without them.
  Partners partners_;
  Beside beside_;
  plane_view::Window main_window_;                ///< Of the main scene when last looked at.
  std::shared_ptr<Job> job_;                      ///< The one that is listened to.
  std::vector<std::shared_ptr<Job>> retired_;     ///< Given up, but not at their ends yet.
  Partner::Kind wanted_ = Partner::Kind::kVisit;  ///< As the reader last chose.
  bool on_ = false, blinded_ = false, linked_ = false, linking_ = false;
};

}  // namespace ledd::viewer
