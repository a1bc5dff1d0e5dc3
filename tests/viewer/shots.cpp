#include <gmock/gmock.h>
#include <QtTest/QtTest>
#include <QGridLayout>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkRendererCollection.h>
#include <vtkCamera.h>
#include "content.h"
#include "plane_widget.h"
#include "surface_widget.h"
#include "surface_marks.h"
#include "view_panel.h"
namespace ledd::viewer {
TEST(Shots, Take) {
  Context context;
  const QByteArray folder = qgetenv("SHOT_CASE"), out = qgetenv("SHOT_OUT");
  auto opened = cases::open_case(folder.constData(), {}, context);
  for (auto& p : opened.problems) std::printf("problem: %s\n", p.c_str());
  ASSERT_TRUE(opened.scan);
  Scene scene;
  QWidget all;
  all.resize(1500, 1000);
  auto* grid = new QGridLayout(&all);
  auto* s = new PlaneWidget(scene, plane_view::View::kSagittal);
  auto* c = new PlaneWidget(scene, plane_view::View::kCoronal);
  auto* a = new PlaneWidget(scene, plane_view::View::kAxial);
  auto* d = new SurfaceWidget(scene);
  auto* p = new ViewPanel(scene, {s, c, a});
  grid->addWidget(s, 0, 0); grid->addWidget(c, 0, 1); grid->addWidget(a, 1, 0); grid->addWidget(d, 1, 1);
  grid->addWidget(p, 0, 2, 2, 1);
  grid->setColumnStretch(0, 1); grid->setColumnStretch(1, 1);
  all.show();
  ASSERT_TRUE(QTest::qWaitForWindowExposed(&all));
  QSignalSpy ready(d, &SurfaceWidget::surfaces_ready);
  scene.show(content_of(opened));
  if (opened.labels) ready.wait(120000);
  std::printf("lines %zu scales %zu maps %zu modality %s unit %s 3-D lines %zu surfaces %zu\n", scene.content().lines.size(), scene.content().scales.size(), scene.content().maps.size(), scene.content().modality.c_str(), scene.content().unit.c_str(), d->marks().lines(), d->surfaces());
  const auto shot = [&](const char* name) { QTest::qWait(300); all.grab().save(QString("%1-%2.png").arg(out.constData(), name)); };
  shot("first");
  if (qEnvironmentVariableIsSet("SHOT_AT")) {
    const auto at = QString(qgetenv("SHOT_AT")).split(',');
    scene.move_cursor({at[0].toDouble(), at[1].toDouble(), at[2].toDouble()});
  }
  for (auto* plane : {s, c, a}) plane->zoom(1.6);
  shot("zoomed");
  for (const auto& [name, map] : scene.content().maps) { scene.show_map(name); shot(("map-" + name).c_str()); }
  scene.show_map("");
  auto* camera = d->renderWindow()->GetRenderers()->GetFirstRenderer();
  const double ways[6][6] = {{0,-1,0,0,0,1},{0,1,0,0,0,1},{1,0,0,0,0,1},{-1,0,0,0,0,1},{0,0,1,0,-1,0},{0,0,-1,0,-1,0}};
  const char* names[] = {"cube-front", "cube-back", "cube-left", "cube-right", "cube-head", "cube-feet"};
  for (int n = 0; n < 6; ++n) {
    auto* eye = camera->GetActiveCamera();
    eye->SetFocalPoint(0,0,0); eye->SetPosition(ways[n]); eye->SetViewUp(ways[n] + 3); camera->ResetCamera();
    d->renderWindow()->Render();
    QTest::qWait(100); d->grab().scaled(300,250).save(QString("%1-%2.png").arg(out.constData(), names[n]));
  }
  scene.set_style(plane_view::Overlay::Style::kFill);
  scene.set_lines_shown(false);
  shot("fill");
}
}  // namespace
