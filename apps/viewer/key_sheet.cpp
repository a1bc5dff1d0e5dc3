#include "key_sheet.h"

#include <QGridLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

namespace ledd::viewer {
namespace {

/// What no command is: the mouse.
const std::vector<std::pair<QString, QString>>& mouse_rows() {
  static const std::vector<std::pair<QString, QString>> rows{
      {"left", "The tool: cursor, brush, eraser ..."},
      {"right, drag", "Window (across) and level (down)"},
      {"middle, drag", "Move the picture"},
      {"wheel", "Slices"},
      {"Ctrl wheel", "Zoom"},
      {"double click", "One view large, and back"},
  };
  return rows;
}

void add_row(QGridLayout& grid, const QString& key, const QString& text) {
  const int row = grid.rowCount();
  auto* const name = new QLabel(key);
  name->setStyleSheet("font-family: monospace; font-weight: bold");
  grid.addWidget(name, row, 0);
  auto* const what = new QLabel(text);
  what->setTextFormat(Qt::PlainText);
  grid.addWidget(what, row, 1);
}

QGroupBox* box_of(const QString& title, QGridLayout*& grid) {
  auto* const box = new QGroupBox(title);
  auto* const column = new QVBoxLayout(box);
  grid = new QGridLayout;
  grid->setColumnStretch(1, 1);
  grid->setHorizontalSpacing(16);
  column->addLayout(grid);
  column->addStretch(1);
  return box;
}

}  // namespace

KeySheet::KeySheet(const Commands& commands, QWidget* parent) : QDialog(parent) {
  setObjectName("key_sheet");
  setWindowTitle("Keys");
  auto* const columns = new QHBoxLayout(this);
  std::vector<QString> groups;
  for (const Command& command : commands)
    if (std::find(groups.begin(), groups.end(), command.group) == groups.end())
      groups.push_back(command.group);
  for (const QString& group : groups) {
    QGridLayout* grid = nullptr;
    columns->addWidget(box_of(group, grid));
    for (const Command& command : commands)
      if (command.group == group && !command.key.isEmpty())
        add_row(*grid, command.key.toString(QKeySequence::NativeText), command.text);
  }
  QGridLayout* grid = nullptr;
  columns->addWidget(box_of("Mouse", grid));
  for (const auto& [key, text] : mouse_rows()) add_row(*grid, key, text);
}

}  // namespace ledd::viewer
