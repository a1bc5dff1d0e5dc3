// Prints how fast ledd-view is on a drawn case, with real windows on a screen of its own:
//
// viewer_figures [COLUMNS SLICES [FOLDER]]
//
// 512 and 300 unless said otherwise. The cases are drawn into FOLDER (a temporary one unless named) or found
// there. With LEDD_SCREENSHOTS the window is saved there. A figure counts as on the screen when the X server
// has answered a request made after the painting.
#include <QVTKOpenGLNativeWidget.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QApplication>
#include <QGridLayout>
#include <QMouseEvent>
#include <QScreen>
#include <QSurfaceFormat>
#include <QTimer>
#include <QWindow>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <thread>

#include "ledd/review/draft.h"
#include "ledd/review_record/review_record.h"

#include "case_loader.h"
#include "drawn_cases.h"
#include "durations.h"
#include "folder.h"
#include "plane_widget.h"
#include "surface_widget.h"
#include "virtual_display.h"
#include "whole_window.h"

namespace {

namespace fs = std::filesystem;
using namespace ledd;
using namespace ledd::viewer;
using ledd::testing::Durations;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Megabytes (10^6) from a line of /proc/self/status: VmRSS, VmHWM.
double status_mb(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(key + ":", 0) == 0) return std::stod(line.substr(key.size() + 1)) * 1.024e-3;
  return 0.0;
}

void forget_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

/// The planes and the surfaces as the window has them.
class Window : public QWidget {
 public:
  Window() : surfaces(scene) {
    auto* const grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(2);
    int place = 0;
    for (const auto view :
         {plane_view::View::kAxial, plane_view::View::kSagittal, plane_view::View::kCoronal}) {
      planes.push_back(new PlaneWidget(scene, view));
      planes.back()->installEventFilter(this);
      grid->addWidget(planes.back(), place / 2, place % 2);
      ++place;
    }
    grid->addWidget(&surfaces, 1, 1);
    for (int n = 0; n < 2; ++n) {
      grid->setRowStretch(n, 1);
      grid->setColumnStretch(n, 1);
    }
    resize(1400, 1000);
  }
  bool eventFilter(QObject* object, QEvent* event) override {
    if (event->type() == QEvent::Paint) painted_.insert(object);
    return false;
  }
  /// What is painted from now on counts.
  void expect_picture() { painted_.clear(); }
  /// Runs the event loop until `count` planes were painted since then, and the server has them.
  void wait_for_picture(std::size_t count = 3) {
    while (painted_.size() < count) QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    // Painted within processEvents; what was flushed comes before this request.
    screen()->grabWindow(winId(), 0, 0, 1, 1);
  }

  Scene scene;
  std::vector<PlaneWidget*> planes;
  SurfaceWidget surfaces;

 private:
  std::set<QObject*> painted_;
};

class Figures {
 public:
  Figures(fs::path out, std::vector<std::string> ids)
      : out_(std::move(out)),
        ids_(std::move(ids)),
        loader_([this](const std::string& id, Context& context, const auto& labels_read) {
          return cases::open_case(out_ / "cases" / id, {}, context, labels_read);
        }) {
    QObject::connect(&loader_, &CaseLoader::loaded, &window_, [this](const QString& id, const auto& opened) {
      id_ = id.toStdString();
      opened_ = opened;
      for (const auto& problem : opened->problems) fmt::print("problem: {}\n", problem);
      window_.scene.show({id_, opened->scan.GetPointer(), opened->labels.GetPointer(), {}, opened->lines});
    });
    QObject::connect(&loader_, &CaseLoader::failed, [](const QString&, const QString& why) {
      fmt::print(stderr, "{}\n", why.toStdString());
      std::_Exit(1);
    });
    window_.show();
    QApplication::processEvents();
  }

  void reading(int times) {
    Durations read;
    for (int n = 0; n < times; ++n) {
      const auto start = Clock::now();
      Context context({}, static_cast<int>(std::thread::hardware_concurrency()));
      const auto opened = cases::open_case(out_ / "cases" / ids_[0], {}, context);
      read.add(seconds_since(start));
    }
    fmt::print("read without a window: {}\n", read.text());
  }

  void opening(int times) {
    Durations picture, surfaces;
    for (int n = 0; n < times; ++n) {
      forget_case();
      if (n == 0) {
        fmt::print("memory before: {:.0f} MB\n", status_mb("VmRSS"));
        forget_peak();
      }
      const auto start = Clock::now();
      open(ids_[0]);
      picture.add(seconds_since(start));
      wait_for_surfaces();
      surfaces.add(seconds_since(start));
    }
    fmt::print("opened, planes on screen: {}\n", picture.text());
    fmt::print("          surfaces, too:  {}\n", surfaces.text());
    const auto& scan = *window_.scene.content().scan;
    const double voxels = static_cast<double>(scan.GetLargestPossibleRegion().GetNumberOfPixels());
    volume_mb_ = voxels * 4e-6;
    fmt::print("volume: {:.0f} MB as held (float), {:.0f} MB as DICOM has it (16 bits)\n",
               volume_mb_,
               voxels * 2e-6);
    memory("one case open");
  }

  void scrolling(int steps) {
    const auto names = {"axial", "sagittal", "coronal"};
    for (std::size_t n = 0; n < window_.planes.size(); ++n) {
      Durations frame;
      int way = 1;
      for (int step = 0; step < steps; ++step) {
        if (step % (steps / 4) == 0) way = -way;  // to and fro about the middle
        window_.expect_picture();
        const auto start = Clock::now();
        window_.planes[n]->step(way);
        window_.wait_for_picture();
        frame.add(seconds_since(start));
      }
      fmt::print("scrolling, {} (three planes): {:.0f} frames/s; {}\n",
                 *std::next(names.begin(), static_cast<long>(n)),
                 1e3 / frame.median_ms(),
                 frame.text());
    }
  }

  /// A brush of 8 mm that goes round and round; journalled as the window does.
  void painting(int moves) {
    review::Draft draft(
        out_, id_, "figures", opened_->result_sha256, *opened_->labels, review::Draft::Begin::kAnew);
    opened_->labels = nullptr;  // as a session does
    bool extends = false;
    const auto keeping = QObject::connect(&window_.scene, &Scene::corrected, [&](const auto& change) {
      draft.add({extends ? label_editing::Entry::Kind::kExtend : label_editing::Entry::Kind::kApply, change});
    });
    for (const bool ball : {false, true}) {
      Durations first, more;
      PlaneWidget& plane = *window_.planes[0];
      plane.set_tool({Tool::Kind::kBrush,
                      static_cast<std::uint16_t>(ball ? 21 : 20),
                      8.0,
                      ball,
                      label_editing::Over::kEverything});
      pause(1.5);  // from choosing the tool to the picture
      for (int n = 0; n < moves; ++n) {
        const double angle = 0.12 * n, radius = 40.0 + 0.8 * n;
        const QPointF place(plane.width() / 2.0 + radius * std::cos(angle),
                            plane.height() / 2.0 + radius * std::sin(angle));
        extends = n > 0;
        const auto kind = n == 0 ? QEvent::MouseButtonPress : QEvent::MouseMove;
        const auto before = window_.scene.history()->steps().size();
        QMouseEvent event(kind,
                          place,
                          plane.mapToGlobal(place.toPoint()),
                          n == 0 ? Qt::LeftButton : Qt::NoButton,
                          Qt::LeftButton,
                          Qt::NoModifier);
        window_.expect_picture();
        const auto start = Clock::now();
        QApplication::sendEvent(&plane, &event);
        window_.wait_for_picture(1);
        (n == 0 ? first : more).add(seconds_since(start));
        if (n == 0 && window_.scene.history()->steps().size() != before + 1)
          fmt::print("nothing was painted\n");
      }
      fmt::print("brush stroke, {}: first touch {}\n", ball ? "ball" : "disc", first.text());
      fmt::print("              {} {}\n", "    moves:", more.text());
      QMouseEvent release(
          QEvent::MouseButtonRelease, QPointF(), Qt::LeftButton, Qt::NoButton, Qt::NoModifier);
      QApplication::sendEvent(&plane, &release);
      plane.set_tool({});
    }
    QObject::disconnect(keeping);
    draft.finish();
    memory("one case open and corrected");
    window_.expect_picture();
    const auto start = Clock::now();
    window_.scene.undo();
    window_.wait_for_picture(1);
    fmt::print("undo of the ball's stroke: {:.1f} ms\n", seconds_since(start) * 1e3);
  }

  void drawing_surfaces(int times) {
    wait_for_surfaces();
    Durations drawn;
    for (int n = 0; n < times; ++n) {
      const auto start = Clock::now();
      window_.surfaces.look_from_front();
      QApplication::processEvents();
      window_.screen()->grabWindow(window_.winId(), 0, 0, 1, 1);
      drawn.add(seconds_since(start));
    }
    fmt::print("surfaces drawn: {}\n", drawn.text());
  }

  void next_case(int times) {
    Durations shown;
    for (int n = 0; n < times; ++n) {
      const std::string next = ids_[static_cast<std::size_t>(n + 1) % 2];
      loader_.preload(next);
      pause(6.0);  // a reader looks
      if (n == 0) memory("with the next case preloaded");
      const auto start = Clock::now();
      review_record::Decision decision;
      decision.reader = "figures";
      decision.case_id = id_;
      decision.result_sha256 = opened_->result_sha256;
      decision.verdict = review_record::Verdict::kAccepted;
      review_record::add(out_, decision, "0");
      open(next);
      shown.add(seconds_since(start));
    }
    fmt::print("accepted, next case on screen: {}\n", shown.text());
    fmt::print("highest memory of all: {:.0f} MB, {:.2f} times the volume\n",
               status_mb("VmHWM"),
               status_mb("VmHWM") / volume_mb_);
  }

  void keep_picture() {
    if (const char* const folder = std::getenv("LEDD_SCREENSHOTS"); folder != nullptr) {
      wait_for_surfaces();
      window_.grab().save(QString::fromStdString((fs::path(folder) / "figures.png").string()));
    }
  }

 private:
  void memory(const std::string& when) const {
    const double mb = status_mb("VmRSS"), peak_mb = status_mb("VmHWM");
    fmt::print("memory, {}: {:.0f} MB = {:.2f} volumes; highest so far {:.0f} MB = {:.2f} volumes\n",
               when,
               mb,
               mb / volume_mb_,
               peak_mb,
               peak_mb / volume_mb_);
  }
  void forget_case() {
    opened_.reset();
    window_.scene.clear();
    loader_.forget(id_);
  }
  void open(const std::string& id) {
    opened_.reset();
    window_.scene.clear();  // as a session does
    QEventLoop loop;
    const auto ready = QObject::connect(&window_.scene, &Scene::shown, &loop, [&] {
      window_.expect_picture();
      loop.quit();
    });
    QTimer::singleShot(0, &loop, [&] { loader_.want(id); });
    loop.exec();
    QObject::disconnect(ready);
    window_.wait_for_picture();
  }
  void wait_for_surfaces() {
    while (window_.surfaces.busy()) QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    window_.screen()->grabWindow(window_.winId(), 0, 0, 1, 1);
  }
  static void pause(double seconds) {
    QEventLoop loop;
    QTimer::singleShot(static_cast<int>(seconds * 1e3), &loop, &QEventLoop::quit);
    loop.exec();
  }

  fs::path out_;
  std::vector<std::string> ids_;
  CaseLoader loader_;
  Window window_;
  std::string id_;
  std::shared_ptr<cases::OpenCase> opened_;
  double volume_mb_ = 1.0;
};

/// In a process of its own, so that its memory is not counted.
bool draw(const fs::path& folder, std::size_t columns, std::size_t slices) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      ledd::testing::draw_cases(folder, 2, columns, slices);
    } catch (const std::exception& e) {
      fmt::print(stderr, "{}\n", e.what());
      _exit(1);
    }
    _exit(0);
  }
  int status = 1;
  return waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  const std::size_t columns = argc > 2 ? std::stoul(argv[1]) : 512,
                    slices = argc > 2 ? std::stoul(argv[2]) : 300;
  const ledd::Folder temporary;
  const fs::path folder = argc > 3 ? fs::path(argv[3]) : temporary.path();
  if (!fs::exists(folder / "out" / "cases") && !draw(folder, columns, slices)) return 1;
  std::vector<std::string> ids;
  for (const auto& entry : fs::directory_iterator(folder / "out" / "cases"))
    ids.push_back(entry.path().filename().string());
  std::sort(ids.begin(), ids.end());
  const ledd::testing::VirtualDisplay display;
  if (!display.there()) {
    fmt::print(stderr, "Xvfb is not installed: nothing can be measured\n");
    return 77;
  }
  setenv("QT_QPA_PLATFORM", "xcb", 1);
  setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
  QSurfaceFormat::setDefaultFormat(QVTKOpenGLNativeWidget::defaultFormat());
  QApplication app(argc, argv);
  {
    Figures figures(folder / "out", ids);
    figures.reading(columns >= 256 ? 5 : 2);
    figures.opening(columns >= 256 ? 5 : 2);
    figures.drawing_surfaces(10);
    figures.scrolling(columns >= 256 ? 120 : 12);
    figures.painting(columns >= 256 ? 200 : 10);
    figures.next_case(columns >= 256 ? 4 : 1);
    figures.keep_picture();
  }
  ledd::testing::print_accepting(folder / "out", columns >= 256 ? 4 : 1);
  return 0;
}
