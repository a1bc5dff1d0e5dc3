#include <QApplication>
#include <QGridLayout>
#include <QSurfaceFormat>
#include <QTimer>
#include <chrono>
#include <cstdio>
#include "ledd/files/files.h"
#include "plane_widget.h"
#include "surface_widget.h"
using namespace ledd::viewer;
int main(int argc, char** argv) {
  QSurfaceFormat::setDefaultFormat(QVTKOpenGLNativeWidget::defaultFormat());
  QApplication app(argc, argv);
  QWidget w; QGridLayout g(&w); g.setContentsMargins(0,0,0,0); g.setSpacing(2);
  Scene scene;
  PlaneWidget s(scene, ledd::plane_view::View::kSagittal), c(scene, ledd::plane_view::View::kCoronal), a(scene, ledd::plane_view::View::kAxial);
  SurfaceWidget v(scene);
  g.addWidget(&s,0,0); g.addWidget(&c,0,1); g.addWidget(&a,1,0); g.addWidget(&v,1,1);
  w.resize(1200,1000); w.show();
  Content content; content.scan = ledd::files::read_volume(argv[1]); content.labels = ledd::files::read_labels(argv[2]);
  scene.show(content);
  QObject::connect(&v, &SurfaceWidget::surfaces_ready, [&]{
    using C = std::chrono::steady_clock; auto t = C::now(); int n = 60;
    for (int i = 0; i < n; ++i) { s.step(i % 2 ? 1 : -1); s.repaint(); c.repaint(); a.repaint(); }
    std::printf("%.1f frames/s, %zu surfaces\n", n / std::chrono::duration<double>(C::now() - t).count(), v.surfaces());
    QTimer::singleShot(300, [&]{ w.grab().save(argv[3]); app.quit(); }); });
  return app.exec();
}
