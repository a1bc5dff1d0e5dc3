#include "beside_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "ledd/core/error.h"

#include "plane_widget.h"

namespace ledd::viewer {
namespace {

constexpr const char* kNotLinked = "NOT REGISTERED: the cursors are not linked.";

QString sentence_of(const std::vector<std::string>& notes) {
  QString all;
  for (const std::string& note : notes) all += (all.isEmpty() ? "" : "\n") + QString::fromStdString(note);
  return all;
}

QComboBox* box_with(const QString& tip) {
  auto* const box = new QComboBox;
  box->setToolTip(tip);
  box->setFocusPolicy(Qt::NoFocus);  // keys stay with the pictures
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(8);
  return box;
}

}  // namespace

/// What runs in the background: the search for partners, or the loading of one.
struct BesidePanel::Job {
  std::function<void(Job&)> work;
  std::thread thread;
  Context context{{}, static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))};
  std::optional<Partners> partners;
  std::optional<Beside> beside;
  std::string error;
};

BesidePanel::BesidePanel(Scene& main, std::array<PlaneWidget*, 3> leaders, QWidget* parent)
    : QWidget(parent),
      main_(main),
      leaders_(leaders),
      planes_{new PlaneWidget(scene_, leaders[0]->view()),
              new PlaneWidget(scene_, leaders[1]->view()),
              new PlaneWidget(scene_, leaders[2]->view())},
      title_(new QLabel),
      partner_box_(box_with("What stands beside the case: other visits, other series of the study")),
      frame_box_(box_with("By which bone the two are laid onto each other")),
      planes_box_(box_with("All three planes, or one of them large")) {
  lay_out();
  connect(partner_box_, qOverload<int>(&QComboBox::activated), this, [this](int index) { open(index); });
  connect(frame_box_, qOverload<int>(&QComboBox::activated), this, [this](int index) { lay_by(index); });
  connect(planes_box_, qOverload<int>(&QComboBox::currentIndexChanged), this, [this](int index) {
    for (int n = 0; n < 3; ++n)
      planes_[static_cast<std::size_t>(n)]->setVisible(index == 0 || index == n + 1);
  });
  connect(&main_, &Scene::look_changed, this, [this] { follow_look(); });
  // What one passes on does not come back: a cursor beyond the other's scan would be drawn to its border.
  connect(&main_, &Scene::cursor_moved, this, [this] {
    if (!linked_ || linking_) return;
    linking_ = true;
    scene_.move_cursor(main_.cursor_lps_mm());
    linking_ = false;
  });
  connect(&scene_, &Scene::cursor_moved, this, [this] {
    if (!linked_ || linking_) return;
    linking_ = true;
    main_.move_cursor(scene_.cursor_lps_mm());
    linking_ = false;
  });
  setVisible(false);
  clear();
}

BesidePanel::~BesidePanel() {
  retire();
  for (const auto& job : retired_) job->thread.join();
  // The planes follow scene_, which ends before Qt ends the children of this widget.
  for (PlaneWidget* plane : planes_) delete plane;
}

void BesidePanel::lay_out() {
  title_->setTextFormat(Qt::PlainText);
  title_->setWordWrap(true);
  title_->setAccessibleName("what stands beside");
  planes_box_->addItem("three planes");
  for (const PlaneWidget* plane : planes_) planes_box_->addItem(plane->accessibleName());
  auto* const boxes = new QHBoxLayout;
  boxes->addWidget(partner_box_, 3);
  boxes->addWidget(frame_box_, 3);
  boxes->addWidget(planes_box_, 1);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(2, 2, 2, 2);
  layout->setSpacing(2);
  layout->addLayout(boxes);
  layout->addWidget(title_);
  for (PlaneWidget* plane : planes_) layout->addWidget(plane, 1);
}

Commands BesidePanel::commands() {
  const QString group = "Side by side";
  return {{group, "Another visit or series beside, on or off", Qt::Key_Y, [this] { set_on(!on_); }},
          {group, "Next visit or series", Qt::Key_J, [this] { next_partner(); }}};
}

QString BesidePanel::words() const {
  return title_->text();
}

void BesidePanel::say(const QString& words, const QString& notice) {
  title_->setText(words);
  layout()->activate();  // it may have more lines now
  for (PlaneWidget* plane : planes_) plane->set_notice(notice);
}

void BesidePanel::set_on(bool on) {
  if (on == on_) return;
  on_ = on;
  setVisible(on);
  if (on) {
    look_for_partners();
  } else {
    retire();
    link(false);
    scene_.clear();
    beside_ = {};
  }
  emit switched(on);
}

void BesidePanel::clear() {
  retire();
  link(false);
  opened_.reset();
  partners_ = {};
  beside_ = {};
  partner_box_->clear();
  frame_box_->clear();
  frame_box_->setVisible(false);
  scene_.clear();
  say("no case");
}

void BesidePanel::show_case(const CasePlace& place, const cases::OpenCase& opened, Names names) {
  clear();
  place_ = place;
  opened_ = opened;
  // Nothing but the scene need hold labels that are corrected.
  labels_of_scene_ = opened.labels && opened.labels.GetPointer() == main_.content().labels.GetPointer();
  if (labels_of_scene_) opened_->labels = nullptr;
  blinded_ = names == Names::kBlinded;
  look_for_partners();
}

/// The case as it was opened, for another thread.
std::shared_ptr<const cases::OpenCase> BesidePanel::as_opened() const {
  auto opened = std::make_shared<cases::OpenCase>(*opened_);
  if (labels_of_scene_) opened->labels = const_cast<Labels*>(main_.given_labels().GetPointer());
  return opened;
}

void BesidePanel::look_for_partners() {
  if (!on_ || !opened_) return;
  if (!partners_.found.empty()) return open(std::max(0, partner_box_->currentIndex()));
  say("looking for other visits and series ...");
  auto job = std::make_shared<Job>();
  job->work = [place = place_, opened = as_opened()](Job& self) {
    self.partners = find_partners(place, *opened, self.context);
  };
  begin(std::move(job));
}

/// The thread hands its job back to the widget's own thread; one that was given up is only seen off.
void BesidePanel::begin(std::shared_ptr<Job> job) {
  retire();
  job_ = job;
  job->thread = std::thread([this, job] {
    try {
      job->work(*job);
    } catch (const std::exception& e) {
      job->error = e.what();
    }
    QMetaObject::invokeMethod(
        this, [this, job] { finish(job); }, Qt::QueuedConnection);
  });
}

void BesidePanel::retire() {
  if (!job_) return;
  job_->context.cancel();
  retired_.push_back(std::move(job_));
  job_.reset();
}

void BesidePanel::finish(const std::shared_ptr<Job>& job) {
  if (job != job_) {
    const auto at = std::find(retired_.begin(), retired_.end(), job);
    if (at == retired_.end()) return;
    job->thread.join();  // it has nothing left to do
    retired_.erase(at);
    return;
  }
  job->thread.join();
  job_.reset();
  if (job->partners) return offer(std::move(*job->partners));
  if (job->beside) return show_beside(std::move(*job->beside));
  // An error names files, and these may name people and days.
  const QString why = blinded_ ? QString("it cannot be opened") : QString::fromStdString(job->error);
  say(title_of(static_cast<std::size_t>(std::max(0, partner_box_->currentIndex()))) + "\n" + why, why);
  emit settled();
}

void BesidePanel::offer(Partners partners) {
  partners_ = std::move(partners);
  // By date, the order would tell what a blinded reader must not know; ids are drawn from the images.
  if (blinded_)
    std::stable_sort(partners_.found.begin(), partners_.found.end(), [](const auto& a, const auto& b) {
      return a.kind != b.kind ? a.kind < b.kind : a.case_id < b.case_id;
    });
  partner_box_->clear();
  for (std::size_t n = 0; n < partners_.found.size(); ++n) partner_box_->addItem(title_of(n));
  if (partners_.found.empty()) {
    const QString nothing = "nothing stands beside this case";
    say(nothing, blinded_ || partners_.notes.empty() ? nothing : sentence_of(partners_.notes));
    emit settled();
    return;
  }
  const auto at = std::find_if(partners_.found.begin(), partners_.found.end(), [&](const Partner& one) {
    return one.kind == wanted_;
  });
  open(at == partners_.found.end() ? 0 : static_cast<int>(at - partners_.found.begin()));
}

/// The case itself is A to a blinded reader.
QString BesidePanel::title_of(std::size_t index) const {
  if (index >= partners_.found.size()) return {};
  const Partner& partner = partners_.found[index];
  if (!blinded_) return QString::fromStdString(partner.title);
  return QString(partner.kind == Partner::Kind::kVisit ? "%1" : "%1 (series)")
      .arg(index < 25 ? QString(QChar('B' + static_cast<int>(index))) : QString("no. %1").arg(index + 2));
}

void BesidePanel::next_partner() {
  if (!on_ || partners_.found.empty()) return;
  open((partner_box_->currentIndex() + 1) % static_cast<int>(partners_.found.size()));
}

void BesidePanel::open(int index) {
  if (!opened_ || index < 0 || index >= static_cast<int>(partners_.found.size())) return;
  link(false);
  scene_.clear();
  frame_box_->clear();
  partner_box_->setCurrentIndex(index);
  const Partner& partner = partners_.found[static_cast<std::size_t>(index)];
  wanted_ = partner.kind;
  say(title_of(static_cast<std::size_t>(index)) + "\nopening and registering ...", "opening ...");
  auto job = std::make_shared<Job>();
  job->work = [place = place_, opened = as_opened(), partner](Job& self) {
    self.beside = open_partner(place, *opened, partner, self.context);
  };
  begin(std::move(job));
}

void BesidePanel::show_beside(Beside beside) {
  beside_ = std::move(beside);
  frame_box_->clear();
  for (const Frame& frame : beside_.registration.frames)
    frame_box_->addItem(QString::fromStdString(frame.words));
  frame_box_->setVisible(frame_box_->count() > 1);
  lay_by(0);
  emit settled();
}

/// Frames lay the scan anew; without one it stands for itself.
void BesidePanel::lay_by(int index) {
  const auto& frames = beside_.registration.frames;
  const QString title = title_of(static_cast<std::size_t>(std::max(0, partner_box_->currentIndex())));
  link(false);
  if (index >= 0 && index < static_cast<int>(frames.size())) {
    const Frame& frame = frames[static_cast<std::size_t>(index)];
    const auto window = scene_.window();
    const bool again = !scene_.empty();
    scene_.show(moved(beside_.content, frame.main_from_partner));
    again ? scene_.set_window(window) : static_cast<void>(main_window_ = {0.0, 0.0});
    link(true);
    say(title + "\n" + QString::fromStdString(frame.words));
  } else {
    main_window_ = {0.0, 0.0};
    scene_.show(beside_.content);
    const QString why = kNotLinked + ("\n" + QString::fromStdString(beside_.registration.refusal));
    say(title + "\n" + why, why);
  }
  follow_look();
}

void BesidePanel::link(bool linked) {
  linked_ = linked;
  for (std::size_t n = 0; n < 3; ++n) planes_[n]->set_leader(linked ? leaders_[n] : nullptr);
  if (!linked) return;
  linking_ = true;
  scene_.move_cursor(main_.cursor_lps_mm());
  linking_ = false;
}

/// Overlay, map and measurements look as the case's, and so does the window where values mean the same.
void BesidePanel::follow_look() {
  if (scene_.empty()) return;
  if (scene_.style() != main_.style()) scene_.set_style(main_.style());
  if (scene_.opacity() != main_.opacity()) scene_.set_opacity(main_.opacity());
  if (scene_.lines_shown() != main_.lines_shown()) scene_.set_lines_shown(main_.lines_shown());
  if (scene_.axes() != main_.axes()) scene_.set_axes(main_.axes());
  for (const Polyline& line : scene_.content().lines)
    if (scene_.group_shown(line.group) != main_.group_shown(line.group))
      scene_.set_group_shown(line.group, main_.group_shown(line.group));
  const bool has_map = scene_.content().maps.contains(main_.map());
  if (scene_.map() != (has_map ? main_.map() : "")) scene_.show_map(main_.map(), main_.scale());
  const std::string& unit = main_.content().unit;
  const auto &window = main_.window(), &before = main_window_;
  if (unit.empty() || unit != scene_.content().unit) return;
  if (window.centre != before.centre || window.width != before.width) scene_.set_window(window);
  main_window_ = window;
}

}  // namespace ledd::viewer
