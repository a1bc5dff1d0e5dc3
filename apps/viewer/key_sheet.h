#pragma once
#include <QDialog>

#include "command.h"

namespace ledd::viewer {

/// All keys on one page, a column per group, and what the mouse does.
class KeySheet : public QDialog {
  Q_OBJECT
 public:
  explicit KeySheet(const Commands& commands, QWidget* parent = nullptr);
};

}  // namespace ledd::viewer
