#include "main_window.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QSplitter>
#include <QStatusBar>
#include <QTabWidget>
#include <map>

#include "beside_panel.h"
#include "edit_panel.h"
#include "judge_panel.h"
#include "key_sheet.h"
#include "plane_widget.h"
#include "surface_widget.h"
#include "view_panel.h"
#include "worklist_panel.h"

namespace ledd::viewer {
namespace {

constexpr int kMessageMs = 8000;
constexpr const char* kResearchOnly = "Research use only";

QDockWidget* dock_of(const QString& title, QWidget* content) {
  auto* const dock = new QDockWidget(title);
  dock->setObjectName(title);
  dock->setWidget(content);
  dock->setFeatures(QDockWidget::DockWidgetMovable);
  return dock;
}

/// Not modal, and gone when closed: whoever reads it may look at the pictures meanwhile.
QMessageBox* message(QWidget* parent, const QString& title, const QString& text) {
  auto* const box = new QMessageBox(parent);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);  // text of a scan is no markup
  box->setWindowTitle(title);
  box->setText(title);
  box->setInformativeText(text);
  box->setWindowModality(Qt::NonModal);
  return box;
}

}  // namespace

MainWindow::MainWindow(Session& session, Scene& scene)
    : session_(session),
      scene_(scene),
      worklist_(new WorklistPanel),
      judge_(new JudgePanel),
      planes_{new PlaneWidget(scene, plane_view::View::kSagittal),
              new PlaneWidget(scene, plane_view::View::kCoronal),
              new PlaneWidget(scene, plane_view::View::kAxial)},
      surfaces_(new SurfaceWidget(scene)),
      view_panel_(new ViewPanel(scene, {planes_.begin(), planes_.end()})),
      edit_panel_(new EditPanel(scene, {planes_.begin(), planes_.end()})),
      beside_(new BesidePanel(scene, planes_)),
      tabs_(new QTabWidget),
      reader_(new QLabel) {
  lay_out();
  connect_session();
  gather_commands();
  make_menus();
  setWindowTitle(QString("Ledd: ") + kResearchOnly);
  resize(1500, 1000);
}

void MainWindow::lay_out() {
  auto* const views = new QWidget;
  auto* const grid = new QGridLayout(views);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(2);
  const std::array<QWidget*, 4> in_order{planes_[0], planes_[1], planes_[2], surfaces_};
  for (int n = 0; n < 4; ++n) {
    QWidget* const view = in_order[static_cast<std::size_t>(n)];
    grid->addWidget(view, n / 2, n % 2);
    view->installEventFilter(this);
  }
  for (PlaneWidget* const plane : planes_) plane->setObjectName(plane->accessibleName());
  for (int n = 0; n < 2; ++n) {
    grid->setRowStretch(n, 1);
    grid->setColumnStretch(n, 1);
  }
  auto* const middle = new QSplitter;
  middle->addWidget(views);
  middle->addWidget(beside_);
  middle->setStretchFactor(0, 2);
  middle->setStretchFactor(1, 1);
  beside_->hide();
  connect(beside_, &BesidePanel::switched, beside_, &QWidget::setVisible);
  setCentralWidget(middle);
  addDockWidget(Qt::LeftDockWidgetArea, dock_of("Cases", worklist_));
  tabs_->addTab(judge_, "Judge");
  tabs_->addTab(view_panel_, "View");
  tabs_->addTab(edit_panel_, "Correct");
  addDockWidget(Qt::RightDockWidgetArea, dock_of("Case", tabs_));
  reader_->setText(QString::fromStdString("reader " + session_.options().reader +
                                          (session_.options().blind ? ", blinded" : "")));
  reader_->setToolTip("Who signs what is judged and corrected here: --reader");
  statusBar()->addPermanentWidget(new QLabel(kResearchOnly));
  statusBar()->addPermanentWidget(reader_);
}

void MainWindow::connect_session() {
  connect(worklist_, &WorklistPanel::chosen, this, [this](const QString& id) { open(id.toStdString()); });
  connect(judge_, &JudgePanel::judged, &session_, &Session::judge);
  connect(&session_, &Session::listed, this, [this] {
    worklist_->set_items(session_.items(), session_.options().blind);
  });
  connect(&session_, &Session::shown, this, &MainWindow::show_case);
  connect(&session_, &Session::empty, judge_, &JudgePanel::show_nothing);
  connect(&session_, &Session::editable_changed, this, [this] {
    edit_panel_->set_editable(session_.can_correct(), session_.why_not());
  });
  connect(edit_panel_, &EditPanel::said, this, &MainWindow::say);
  connect(edit_panel_, &EditPanel::publish_wanted, this, &MainWindow::save_correction);
  connect(&session_, &Session::judged, this, &MainWindow::go_on_after);
  connect(&session_, &Session::draft_found, this, &MainWindow::ask_about_draft);
  connect(&session_, &Session::refused, this, &MainWindow::tell);
  connect(&session_, &Session::said, this, &MainWindow::say);
  connect(&session_, &Session::published, this, [this](const QString& id) {
    say("The corrected case is measured and saved.");
    if (session_.item() != nullptr && session_.item()->case_id == id.toStdString()) open(id.toStdString());
  });
}

void MainWindow::begin() {
  session_.reload();
  worklist_->go_to_first();
}

void MainWindow::open(const std::string& case_id) {
  judge_->clear();
  beside_->clear();
  session_.open(case_id);
}

void MainWindow::show_case() {
  const auto& opened = *session_.opened();
  statusBar()->clearMessage();
  const auto names = session_.options().blind ? JudgePanel::Names::kBlinded : JudgePanel::Names::kShown;
  if (session_.is_case()) {
    const auto* const item = session_.item();
    judge_->show_case(opened, item == nullptr ? review_record::Standing{} : item->standing, names);
    edit_panel_->set_pipeline(opened.endpoints.info.pipeline);
    beside_->show_case(
        {session_.options().out, opened.endpoints.info.case_id, session_.options().images}, opened, names);
    setWindowTitle(worklist_->name_of(opened.endpoints.info.case_id) + ": " +
                   QString::fromStdString(opened.endpoints.info.pipeline) + " - Ledd: " + kResearchOnly);
  } else {
    judge_->show_nothing(QString::fromStdString(opened.series) +
                         "\n\nNo result of Ledd: there is nothing to judge. What is drawn can be saved as a "
                         "file, and measured with ledd run PIPELINE IMAGES --labels FILE.");
  }
  const std::string next = worklist_->neighbour(1);
  if (!next.empty()) session_.preload(next);
}

/// A case is measured again; what was drawn on a scan from anywhere becomes a file.
void MainWindow::save_correction() {
  if (session_.is_case()) {
    session_.publish(judge_->comment(), judge_->seconds());
    return;
  }
  auto* const dialog = new QFileDialog(this, "Save the labels as", {}, "Label maps (*.nii.gz *.nrrd *.mha)");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setOption(QFileDialog::DontConfirmOverwrite);  // nothing is overwritten: save_labels() refuses
  dialog->setDefaultSuffix("nii.gz");
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& file) {
    session_.save_labels(file.toStdString());
  });
  dialog->show();
}

/// A verdict on the whole case leads to the next; a comment, or a word on one structure, does not.
void MainWindow::go_on_after(const review_record::Decision& decision) {
  const std::string next = worklist_->neighbour(1);  // before a filter takes the judged one away
  worklist_->set_items(session_.items(), session_.options().blind);
  judge_->said(decision);
  if (!decision.structure.empty() || decision.verdict == review_record::Verdict::kComment) return;
  if (next.empty())
    say("Saved. This was the last case of the list.");
  else
    worklist_->go_to(next);
}

void MainWindow::go(int by) {
  const std::string next = worklist_->neighbour(by);
  if (next.empty())
    say(by > 0 ? "This is the last case of the list." : "This is the first case.");
  else
    worklist_->go_to(next);
}

void MainWindow::say(const QString& text) {
  statusBar()->showMessage(text, kMessageMs);
}

void MainWindow::tell(const QString& title, const QString& text) {
  auto* const box = message(this, title, text);
  box->setObjectName("notice");
  box->setIcon(QMessageBox::Warning);
  box->show();
}

void MainWindow::ask_about_draft(int steps, bool cut_off) {
  auto* const box = message(this,
                            "You began to correct this case",
                            QString("%1 steps are kept that were not saved as a result.%2")
                                .arg(steps)
                                .arg(cut_off ? " The last one was cut off and is lost." : ""));
  box->setObjectName("draft");
  box->setIcon(QMessageBox::Question);
  auto* const take = box->addButton("Go on with them", QMessageBox::AcceptRole);
  auto* const leave = box->addButton("Begin anew (they are kept aside)", QMessageBox::RejectRole);
  connect(take, &QPushButton::clicked, &session_, &Session::take_up_draft);
  connect(leave, &QPushButton::clicked, &session_, &Session::set_draft_aside);
  connect(&scene_, &Scene::shown, box, [box] { box->close(); });  // another case is open
  box->show();
}

Commands MainWindow::case_commands() {
  return {
      {"Case", "Next case", Qt::Key_N, [this] { go(1); }},
      {"Case", "Case before", Qt::Key_P, [this] { go(-1); }},
      {"Case", "Accept, and next", Qt::Key_A, [this] { judge_->accept_case(); }},
      {"Case", "Reject with a reason, and next", Qt::Key_R, [this] { judge_->reject_case(); }},
      {"Case", "Comment", Qt::Key_C, [this] { judge_->comment_case(); }},
      {"Case", "Open another folder", QKeySequence("Ctrl+O"), [this] { choose_folder(); }},
      {"Case",
       "Read the list again",
       Qt::Key_F5,
       [this] {
         try {
           session_.reload();
         } catch (const std::exception& e) {
           tell("The list cannot be read", e.what());
         }
       }},
      {"Case", "This sheet of keys", QKeySequence("?"), [this] { show_keys(); }},
      {"Case", "Quit", QKeySequence("Ctrl+Q"), [this] { close(); }},
  };
}

/// In a window of its own: what is open here stays as it is.
void MainWindow::choose_folder() {
  auto* const dialog = new QFileDialog(this, "Open an output folder, a case, or images");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::another_wanted);
  dialog->show();
}

void MainWindow::gather_commands() {
  commands_ = case_commands();
  for (const Commands& more : {view_panel_->commands(), beside_->commands(), edit_panel_->commands()})
    commands_.insert(commands_.end(), more.begin(), more.end());
}

void MainWindow::make_menus() {
  std::map<QString, QMenu*> menus;
  for (const Command& command : commands_) {
    auto& menu = menus[command.group];
    if (menu == nullptr) menu = menuBar()->addMenu(command.group);
    auto* const action = menu->addAction(command.text, this, command.run);
    action->setShortcut(command.key);
  }
}

void MainWindow::show_keys() {
  auto* const sheet = new KeySheet(commands_, this);
  sheet->setAttribute(Qt::WA_DeleteOnClose);
  sheet->show();
}

void MainWindow::enlarge(QWidget* view) {
  large_ = large_ == view ? nullptr : view;
  const std::array<QWidget*, 4> all{planes_[0], planes_[1], planes_[2], surfaces_};
  for (QWidget* const other : all) other->setVisible(large_ == nullptr || other == large_);
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::MouseButtonDblClick) return QMainWindow::eventFilter(watched, event);
  enlarge(static_cast<QWidget*>(watched));
  return true;
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!session_.publishing()) {
    event->accept();
    return;
  }
  auto* const box = message(this,
                            "A corrected case is being measured",
                            "Closing now gives that up. The correction itself is kept, and offered again "
                            "when the case is opened.");
  box->setObjectName("closing");
  auto* const close_anyway = box->addButton("Close", QMessageBox::DestructiveRole);
  box->addButton("Stay", QMessageBox::RejectRole);
  connect(close_anyway, &QPushButton::clicked, qApp, &QApplication::quit);
  box->show();
  event->ignore();
}

}  // namespace ledd::viewer
