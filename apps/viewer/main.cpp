#include <QVTKOpenGLNativeWidget.h>

#include <QApplication>
#include <QProcess>
#include <QSurfaceFormat>
#include <csignal>
#include <iostream>

#include "ledd/core/error.h"

#include "main_window.h"
#include "options.h"

namespace {

int run(int argc, char** argv) {
  const auto options = ledd::viewer::parse_options(argc, argv);
  if (!options) return 0;
  QSurfaceFormat::setDefaultFormat(QVTKOpenGLNativeWidget::defaultFormat());
  QApplication app(argc, argv);
  ledd::viewer::Scene scene;
  ledd::viewer::Session session(
      options->session,
      [] { return ledd::cases::builtin_pipelines(ledd::cases::installed_resources()); },
      scene);
  ledd::viewer::MainWindow window(session, scene);
  QObject::connect(&window, &ledd::viewer::MainWindow::another_wanted, [&](const QString& folder) {
    QStringList words{folder};
    for (const std::string& word : options->repeat) words << QString::fromStdString(word);
    QProcess::startDetached(QApplication::applicationFilePath(), words);
  });
  window.begin();
  window.show();
  const int ended = QApplication::exec();
  window.hide();
  session.write_tables();
  return ended;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const ledd::Error& e) {
    std::cerr << "ledd-view: " << ledd::name_of(e.code()) << ": " << e.what() << '\n';
    return ledd::exit_status(e.code());
  } catch (const std::exception& e) {
    std::cerr << "ledd-view: internal error: " << e.what() << '\n';
    return ledd::exit_status(ledd::Errc::kInternal);
  }
}
