#include "whole_window.h"

#include <fmt/format.h>

#include <QApplication>
#include <QEvent>
#include <QScreen>
#include <QtTest/QtTest>
#include <chrono>
#include <set>

#include "durations.h"
#include "main_window.h"
#include "plane_widget.h"
#include "worklist_panel.h"

namespace ledd::testing {
namespace {

using Clock = std::chrono::steady_clock;

/// Which planes were painted with the case that is waited for.
class Painted : public QObject {
 public:
  Painted(viewer::MainWindow& window, const viewer::Session& session) : window_(window), session_(session) {
    for (const char* name : {"sagittal plane", "coronal plane", "axial plane"})
      window.findChild<viewer::PlaneWidget*>(name)->installEventFilter(this);
  }
  bool eventFilter(QObject* object, QEvent* event) override {
    const bool is_next = session_.opened() != nullptr && session_.opened() != before_;
    if (event->type() == QEvent::Paint && is_next) planes_.insert(object);
    return false;
  }
  void expect_another() {
    before_ = session_.opened();
    planes_.clear();
  }
  /// Until all three are, and the X server has them.
  void wait() {
    while (planes_.size() < 3) QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    window_.screen()->grabWindow(window_.winId(), 0, 0, 1, 1);
  }

 private:
  viewer::MainWindow& window_;
  const viewer::Session& session_;
  const cases::OpenCase* before_ = nullptr;
  std::set<QObject*> planes_;
};

}  // namespace

void print_accepting(const std::filesystem::path& out, int times) {
  viewer::SessionOptions options;
  options.out = out;
  options.reader = "figures";
  viewer::Scene scene;
  viewer::Session session(
      options, [] { return cases::Registry(); }, scene);
  viewer::MainWindow window(session, scene);
  Painted painted(window, session);
  window.show();
  window.begin();
  window.activateWindow();
  static_cast<void>(QTest::qWaitForWindowActive(&window));
  Durations accepted;
  for (int n = 0; n < times; ++n) {
    auto* const list = window.findChild<viewer::WorklistPanel*>();
    list->go_to(list->shown().front().case_id);
    while (session.opened() == nullptr) QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    QTest::qWait(6000);  // a reader looks
    painted.expect_another();
    const auto start = Clock::now();
    QTest::keyClick(&window, Qt::Key_A);
    painted.wait();
    accepted.add(std::chrono::duration<double>(Clock::now() - start).count());
  }
  fmt::print("accepted by key in the whole window, next case on screen: {}\n", accepted.text());
}

}  // namespace ledd::testing
