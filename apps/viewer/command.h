#pragma once
#include <QKeySequence>
#include <QString>
#include <functional>
#include <vector>

namespace ledd::viewer {

/// Something a reader can do. Shortcuts, menus and the key sheet are all made from these: a key has one
/// place.
struct Command {
  QString group;  ///< "Case", "View", "Side by side", "Correct": a column of the key sheet.
  QString text;   ///< What it does, as short as a menu's line.
  QKeySequence key;
  std::function<void()> run;
};
using Commands = std::vector<Command>;

}  // namespace ledd::viewer
