#pragma once
#include <gmock/gmock.h>

#include <QLabel>
#include <QMessageBox>
#include <QTableWidget>
#include <QtTest/QtTest>
#include <string>
#include <utility>
#include <vector>

#include "ledd/review_record/review_record.h"

#include "main_window.h"
#include "night.h"
#include "plane_widget.h"
#include "threshold_pipeline.h"
#include "worklist_panel.h"

namespace ledd::viewer {

constexpr int kPatienceMs = 30000;

inline cases::Registry small_registry() {
  return ::ledd::testing::threshold_registry({});
}

/// A reader at a window.
struct Reader {
  Scene scene;
  Session session;
  MainWindow window;

  explicit Reader(SessionOptions options, MakeRegistry make_registry = small_registry)
      : session(std::move(options), std::move(make_registry), scene), window(session, scene) {
    window.show();
    EXPECT_TRUE(QTest::qWaitForWindowExposed(&window));
    window.begin();
  }

  template <class What>
  bool wait_for(What what) {
    return QTest::qWaitFor(what, kPatienceMs);
  }
  bool wait_shown() {
    return wait_for([&] { return session.opened() != nullptr; });
  }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    window.activateWindow();
    EXPECT_TRUE(QTest::qWaitForWindowActive(&window));
    QTest::keyClick(&window, key, modifiers);
  }
  template <class Part>
  Part* part(const QString& name = {}) {
    return window.findChild<Part*>(name);
  }
  WorklistPanel& list() { return *part<WorklistPanel>(); }
  QMessageBox* dialog(const QString& name) { return part<QMessageBox>(name); }
  std::vector<PlaneWidget*> planes() {
    std::vector<PlaneWidget*> all;
    for (const char* name : {"sagittal plane", "coronal plane", "axial plane"})
      all.push_back(part<PlaneWidget>(name));
    return all;
  }
  /// Draws with the brush from one place of the sagittal plane to another.
  void stroke(QPoint from, QPoint to) {
    PlaneWidget* const plane = planes().front();
    Tool brush;
    brush.kind = Tool::Kind::kBrush;
    brush.id = 20;
    brush.radius_mm = 3.0;
    plane->set_tool(brush);
    plane->repaint();
    QTest::mousePress(plane, Qt::LeftButton, {}, from);
    QTest::mouseMove(plane, to);
    QTest::mouseRelease(plane, Qt::LeftButton, {}, to);
  }
};

inline SessionOptions options_of(const ::ledd::testing::Night& night, const std::string& reader = "anna") {
  SessionOptions options;
  options.out = night.out();
  options.reader = reader;
  return options;
}

inline std::vector<review_record::Decision> decisions_of(const ::ledd::testing::Night& night,
                                                         const std::string& id) {
  return review_record::record_of(night.out(), id).decisions;
}

/// All words that the window shows.
inline QString words_of(const QWidget& window) {
  QString all = window.windowTitle();
  for (const QLabel* label : window.findChildren<QLabel*>())
    all += label->text() + "\n" + label->toolTip() + "\n";
  for (const QTableWidget* table : window.findChildren<QTableWidget*>())
    for (int row = 0; row < table->rowCount(); ++row)
      for (int column = 0; column < table->columnCount(); ++column)
        all += table->item(row, column)->text() + "\n" + table->item(row, column)->toolTip() + "\n";
  return all;
}

}  // namespace ledd::viewer
