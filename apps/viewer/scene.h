#pragma once
#include <QObject>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ledd/cases/open_case.h"
#include "ledd/label_editing/history.h"
#include "ledd/label_editing/journal.h"
#include "ledd/measurement/figure.h"
#include "ledd/plane_view/plane_view.h"

namespace ledd::viewer {

/// One scan with what was found in it, as it is shown.
struct Content {
  using Structures = std::map<std::uint16_t, cases::OpenStructure>;
  std::string title;
  Volume::ConstPointer scan;    ///< Never null in a scene that is not empty.
  Labels::ConstPointer labels;  ///< May be null; in a scene it is once they are copied to be corrected.
  std::map<std::string, Volume::ConstPointer> maps;
  std::vector<Polyline> lines;                  ///< Measurements where they were taken.
  std::map<std::string, ColourScale> scales{};  ///< Of those maps that are known.
  Structures structures{};                      ///< As the labels' file calls and colours them.
  std::string modality{};                       ///< "CT", "MR"; empty: not known.
  std::string unit{};                           ///< Of the scan's values, "HU"; empty: they have none.
};

/// What all views of one case share: the case, where the cursor is, how it is shown. Views follow its signals
/// and never each other.
class Scene : public QObject {
  Q_OBJECT
 public:
  explicit Scene(QObject* parent = nullptr) : QObject(parent) {}

  void show(Content content);
  /// Nothing to look at.
  void clear();
  bool empty() const noexcept { return content_.scan.IsNull(); }
  const Content& content() const noexcept { return content_; }

  /// What is to be drawn now; its pointers live as long as the content.
  plane_view::Layers layers() const;

  const Point& cursor_lps_mm() const noexcept { return cursor_lps_mm_; }
  void move_cursor(const Point& p_lps_mm);

  const plane_view::Window& window() const noexcept { return window_; }
  void set_window(const plane_view::Window& window);
  plane_view::Axes axes() const noexcept { return axes_; }
  void set_axes(plane_view::Axes axes);
  void set_style(plane_view::Overlay::Style style);
  plane_view::Overlay::Style style() const noexcept { return overlay_.style; }
  void set_opacity(double opacity);
  double opacity() const noexcept { return overlay_.opacity; }
  /// One of the content's maps over the scan; empty: none.
  void show_map(const std::string& name);
  /// The same in the colours of another scene's map, so that both can be compared.
  void show_map(const std::string& name, const ColourScale& scale);
  const std::string& map() const noexcept { return map_; }
  const plane_view::Colours& colours() const noexcept { return colours_; }
  /// What the colours of the shown map stand for.
  const ColourScale& scale() const noexcept { return scale_; }
  void set_lines_shown(bool shown);
  bool lines_shown() const noexcept { return lines_shown_; }
  /// Lines of one group (Polyline::group), where lines are shown at all.
  void set_group_shown(const std::string& group, bool shown);
  bool group_shown(const std::string& group) const { return !hidden_groups_.contains(group); }
  void set_structure_shown(std::uint16_t id, bool shown);
  bool structure_shown(std::uint16_t id) const { return !hidden_structures_.contains(id); }

  /// What the labels' own file calls a structure; else Ledd's short name.
  std::string name_of(std::uint16_t id) const;

  /// The labels as corrected so far; null when the case has none.
  const Labels* labels() const noexcept;
  /// The labels as the case was shown with; made anew, in a tenth of a second, once they are corrected.
  Labels::ConstPointer given_labels() const;
  const label_editing::History* history() const noexcept { return history_.get(); }
  /// A tool that changes labels is in hand: they are copied before the first stroke, which need not wait
  /// then.
  void expect_corrections(bool expected);
  enum class Step { kNew, kSame };
  void correct(const label_editing::Change& change, Step step = Step::kNew);
  /// What an operation says of labels.
  using Operation = std::function<label_editing::Change(const Labels&)>;
  /// Makes the last step anew from the labels before it, as somebody drags who has not let go yet. False: it
  /// changes nothing any more, and the step is undone.
  /// @throws whatever the operation throws; the step is then as it was.
  bool remake_last(const Operation& operation);
  void undo();
  void redo();
  /// An empty label map on the scan's grid, where there is none.
  void begin_labels();
  /// Takes up what a draft of these labels holds, steps and all.
  /// @throws Error{kInput}  the steps do not fit these labels, which are then as they were.
  void replay(const std::vector<label_editing::Entry>& entries);

 signals:
  void shown();
  void cursor_moved();
  void look_changed();
  /// What changed, and what a journal of it says: an entry of this kind, with the change unless it is undone
  /// or redone.
  void corrected(const ledd::label_editing::Change& change, ledd::label_editing::Entry::Kind kind);
  /// The labels are others, by begin_labels() or replay(): no step, nothing for a journal.
  void labels_replaced();

 private:
  void let_go_of_given();

  Content content_;
  std::unique_ptr<label_editing::History> history_;
  Point cursor_lps_mm_{};
  plane_view::Window window_;
  plane_view::Axes axes_ = plane_view::Axes::kScan;
  plane_view::Overlay overlay_;
  plane_view::Colours colours_;
  std::string map_;
  ColourScale scale_;
  bool lines_shown_ = true, corrections_expected_ = false;
  std::set<std::string> hidden_groups_;
  std::set<std::uint16_t> hidden_structures_;
};

}  // namespace ledd::viewer
