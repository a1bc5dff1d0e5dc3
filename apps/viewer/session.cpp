#include "session.h"

#include <QStandardPaths>
#include <algorithm>
#include <thread>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/label_editing/packed_labels.h"
#include "ledd/review/correction.h"

#include "content.h"

namespace ledd::viewer {
namespace {

using label_editing::Entry;

constexpr int kFlushMs = 1000;

/// What a blinded reader may know of the standing: the reader's own part.
review_record::Standing own_standing(const std::filesystem::path& out,
                                     const review::Item& item,
                                     const std::string& reader) {
  auto decisions = review_record::record_of(out, item.case_id).decisions;
  std::erase_if(decisions, [&](const auto& decision) { return decision.reader != reader; });
  return review_record::standing_of(decisions, item.result_sha256);
}

/// A scan of which only the folder is known yet.
constexpr const char* kUnknownSeries = "0";

review::Item series_item(const std::string& id, const std::string& words, const std::string& problem) {
  review::Item item;
  item.case_id = id;
  item.series = item.subject = words;
  item.state = problem.empty() ? "done" : "failed";
  item.reason = problem;
  return item;
}

}  // namespace

/// A correction that is being measured. It has the draft, so that the reader may go on to another case.
struct Session::Job {
  std::string case_id;
  std::weak_ptr<cases::OpenCase> opened;  ///< That was corrected, as long as it is on the screen.
  std::unique_ptr<review::Draft> draft;
  cases::Stop stop;
  std::thread thread;
  std::optional<review::Published> made;
  std::string error;

  ~Job() {
    stop.request();
    if (thread.joinable()) thread.join();
  }
};

Session::Session(SessionOptions options, MakeRegistry make_registry, Scene& scene)
    : options_(std::move(options)),
      make_registry_(std::move(make_registry)),
      scene_(scene),
      loader_(
          [this](const std::string& case_id, Context& context, const CaseLoader::LabelsRead& labels_read) {
            return read(case_id, context, labels_read);
          }) {
  connect(&loader_, &CaseLoader::loaded, this, [this](const QString& id, const auto& opened) {
    if (id.toStdString() == case_id_) show(opened);
  });
  connect(&loader_, &CaseLoader::failed, this, [this](const QString& id, const QString& why) {
    if (id.toStdString() == case_id_) emit empty(why);
  });
  connect(&scene_, &Scene::corrected, this, &Session::keep);
  connect(&scene_, &Scene::labels_replaced, this, [this] {
    const bool let_go = steps() > 0;  // a bare scan has none
    if (opened_ && !opened_->labels && !let_go) opened_->labels = label_editing::copy_of(*scene_.labels());
  });
  flush_.setInterval(kFlushMs);
  connect(&flush_, &QTimer::timeout, this, [this] {
    try {
      if (draft_) draft_->flush();
    } catch (const std::exception& e) {
      refuse("The correction is not kept", e);
    }
  });
}

Session::~Session() {
  leave_draft();
}

/// What the draft holds is on disk, and offered when the case is opened again; unless it is all in a file
/// that the reader saved.
void Session::leave_draft() {
  try {
    if (draft_ && saved_) draft_->finish();
  } catch (const std::exception& e) {
    refuse("What is saved may be offered again", e);
  }
  draft_.reset();
  saved_ = false;
}

void Session::refuse(const QString& title, const std::exception& why) {
  emit refused(title, QString::fromUtf8(why.what()));
}

/// Called from the loader's threads: reads nothing that changes.
cases::OpenCase Session::read(const std::string& case_id,
                              Context& context,
                              const CaseLoader::LabelsRead& labels_read) const {
  if (!options_.scan)
    return cases::open_case(options_.out / "cases" / case_id, options_.images, context, labels_read);
  auto request = *options_.scan;
  if (case_id != kUnknownSeries) request.series = case_id;
  return cases::open_scan(request, context);
}

void Session::reload() {
  if (options_.scan) {
    if (items_.empty()) items_ = {series_item(kUnknownSeries, "", "")};
    emit listed();
    return;
  }
  auto items = review::worklist(options_.out);
  if (!options_.only_case.empty())
    std::erase_if(items, [&](const auto& item) { return item.case_id != options_.only_case; });
  if (options_.blind) {
    items = review::blinded(std::move(items), options_.reader);
    for (auto& item : items) item.standing = own_standing(options_.out, item, options_.reader);
  }
  items_ = std::move(items);
  emit listed();
}

void Session::write_tables() {
  if (decided_) cases::refresh_overview(options_.out);
  decided_ = false;
}

const review::Item* Session::item() const noexcept {
  const auto at =
      std::find_if(items_.begin(), items_.end(), [&](const auto& item) { return item.case_id == case_id_; });
  return at == items_.end() ? nullptr : &*at;
}

void Session::open(const std::string& case_id) {
  leave_draft();
  found_.reset();
  opened_.reset();
  flush_.stop();
  case_id_ = case_id;
  scene_.clear();
  set_why_not("no case is open");
  const review::Item* const wanted = item();
  if (wanted != nullptr && wanted->state != "done") {
    emit empty(QString::fromStdString(wanted->state + ": " + wanted->reason));
    return;
  }
  loader_.want(case_id);
}

void Session::preload(const std::string& case_id) {
  const auto at =
      std::find_if(items_.begin(), items_.end(), [&](const auto& item) { return item.case_id == case_id; });
  if (at != items_.end() && at->state == "done") loader_.preload(case_id);
}

/// Several series lie there: the list offers them.
void Session::offer(const cases::OpenCase& opened) {
  items_.clear();
  for (const auto& choice : opened.choices)
    items_.push_back(series_item(choice.id, choice.words + ", " + choice.geometry, choice.problem));
  case_id_.clear();
  emit listed();
  emit empty("Several series lie there: choose one in the list.");
}

void Session::show(const std::shared_ptr<cases::OpenCase>& opened) {
  if (!opened->choices.empty()) {
    offer(*opened);
    return;
  }
  opened_ = opened;
  if (opened->scan) scene_.show(content_of(*opened));
  set_why_not(why_no_correction());
  emit shown();
  for (const std::string& problem : opened->problems)
    emit refused("Not all of this case can be shown", QString::fromStdString(problem));
  if (can_correct() && opened->labels) look_for_draft();
}

QString Session::why_no_correction() const {
  if (!opened_->scan) return "the scan is not there";
  if (!opened_->labels && (!options_.scan || !options_.scan->labels.empty())) return "there are no labels";
  if (job_ && job_->case_id == case_id_) return "its correction is being measured";
  return {};
}

/// Of a scan from anywhere they are the user's: its folder may be read-only, and is nobody's to write to.
std::filesystem::path Session::drafts() const {
  if (!options_.scan) return options_.out;
  return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation).toStdString() + "/ledd";
}

std::string Session::draft_name() const {
  if (!options_.scan) return case_id_;
  // Of no labels the path is empty, which has no absolute form.
  const auto whole = [](const std::filesystem::path& file) {
    return file.empty() ? std::string() : std::filesystem::absolute(file).string();
  };
  return files::sha256(whole(options_.scan->images.front()) + "\n" + whole(options_.scan->labels) + "\n" +
                       case_id_)
      .substr(0, 12);
}

/// The labels as they were opened: once they are corrected only the scene has them, packed.
Labels::ConstPointer Session::given() const {
  return opened_->labels ? Labels::ConstPointer(opened_->labels) : scene_.given_labels();
}

void Session::look_for_draft() {
  try {
    found_ = review::Draft::find(drafts(), draft_name(), options_.reader, opened_->result_sha256, *given());
  } catch (const std::exception& e) {
    refuse("An earlier correction cannot be read", e);
    return;
  }
  if (!found_) return;
  if (found_->outdated) {
    found_.reset();
    emit said("A correction of an earlier result of this case is kept beside it; it does not fit this one.");
    return;
  }
  set_why_not("an earlier correction waits for an answer");
  emit draft_found(static_cast<int>(found_->entries.size()), found_->cut_off);
}

void Session::take_up_draft() {
  if (!found_) return;
  try {
    scene_.replay(found_->entries);
    begin_draft(review::Draft::Begin::kContinue);
    set_why_not("");
  } catch (const std::exception& e) {
    refuse("The earlier correction cannot be taken up", e);
  }
  found_.reset();
}

void Session::set_draft_aside() {
  found_.reset();
  set_why_not("");  // begin_draft(kAnew) sets it aside, when there is something to write
}

void Session::begin_draft(review::Draft::Begin begin) {
  draft_ = std::make_unique<review::Draft>(
      drafts(), draft_name(), options_.reader, opened_->result_sha256, *given(), begin);
  opened_->labels = nullptr;  // the scene has them, packed
  flush_.start();
}

/// Every step goes to disk before the next one can be made. One that cannot be kept is taken back: work that
/// only seems to be safe is worse than none.
void Session::keep(const label_editing::Change& change, Entry::Kind kind) {
  if (!opened_ || !can_correct()) return;
  try {
    if (!draft_) begin_draft(review::Draft::Begin::kAnew);
    saved_ = false;
    const bool whole = kind == Entry::Kind::kApply || kind == Entry::Kind::kExtend;
    draft_->add({kind, whole ? change : label_editing::Change{}});
  } catch (const std::exception& e) {
    draft_.reset();
    set_why_not(QString("corrections cannot be kept: ") + e.what());
    refuse("The correction cannot be kept: nothing more can be drawn", e);
    take_back(kind);
  }
}

/// The scene as the disk has it.
void Session::take_back(Entry::Kind kind) {
  kind == Entry::Kind::kUndo ? scene_.redo() : scene_.undo();
}

std::size_t Session::steps() const {
  return scene_.history() == nullptr ? 0 : scene_.history()->steps().size();
}

void Session::set_why_not(const QString& why) {
  why_not_ = why;
  emit editable_changed();
}

void Session::judge(review_record::Decision decision) {
  if (!is_case()) return;
  decision.reader = options_.reader;
  decision.case_id = case_id_;
  decision.result_sha256 = opened_->result_sha256;
  decision.blinded = options_.blind;
  try {
    decision = review::judge(options_.out, decision);
  } catch (const std::exception& e) {
    refuse("The verdict was not saved", e);
    return;
  }
  decided_ = true;
  const auto at =
      std::find_if(items_.begin(), items_.end(), [&](const auto& item) { return item.case_id == case_id_; });
  if (at != items_.end())
    at->standing = options_.blind
                       ? own_standing(options_.out, *at, options_.reader)
                       : review_record::standing_of(
                             review_record::record_of(options_.out, case_id_).decisions, at->result_sha256);
  emit judged(decision);
}

void Session::publish(const std::string& comment, double seconds) {
  if (!is_case() || !can_correct()) return;
  if (job_) {
    emit said("Another correction is still being measured; this one is kept meanwhile.");
    return;
  }
  if (steps() == 0 || !draft_) {
    emit said("Nothing was corrected.");
    return;
  }
  try {
    draft_->flush();
  } catch (const std::exception& e) {
    refuse("The correction is not kept", e);
    return;
  }
  job_ = std::make_unique<Job>();
  job_->case_id = case_id_;
  job_->opened = opened_;
  job_->draft = std::move(draft_);
  flush_.stop();
  review::Correction correction;
  correction.out = options_.out;
  correction.case_id = case_id_;
  correction.reader = options_.reader;
  correction.comment = comment;
  correction.seconds = seconds;
  correction.blinded = options_.blind;
  correction.result_sha256 = opened_->result_sha256;
  correction.look_in = options_.images;
  correction.key = options_.key;
  set_why_not("its correction is being measured");
  job_->thread = std::thread([this,
                              job = job_.get(),
                              correction,
                              labels = label_editing::copy_of(*scene_.labels()),
                              registry = make_registry_] {
    try {
      job->made = review::publish(correction, *labels, registry(), {}, job->stop);
    } catch (const std::exception& e) {
      job->error = e.what();
    }
    QMetaObject::invokeMethod(
        this, [this] { end_job(); }, Qt::QueuedConnection);
  });
  emit said("The corrected case is being measured; you may go on.");
}

void Session::save_labels(const std::filesystem::path& file) {
  if (!options_.scan || scene_.labels() == nullptr) return;
  try {
    require(!std::filesystem::exists(file),
            Errc::kCreate,
            file.string() + ": there is such a file; give another name: nothing is written over");
    files::write_labels(*scene_.labels(), file);
    saved_ = true;
    emit said(QString::fromStdString("Saved: " + file.string()));
  } catch (const std::exception& e) {
    refuse("The labels were not saved; the correction is kept", e);
  }
}

/// The correction that was not published is still on the screen; or the case was left and opened again since,
/// then its draft is offered as any other.
void Session::go_on_with(Job& job) {
  set_why_not("");
  if (opened_ == job.opened.lock()) {
    draft_ = std::move(job.draft);
    flush_.start();
    return;
  }
  job.draft.reset();
  if (opened_ && scene_.labels() != nullptr) look_for_draft();
}

void Session::end_job() {
  if (!job_) return;
  job_->thread.join();
  const auto job = std::move(job_);
  const bool here = job->case_id == case_id_;
  if (!job->made) {
    if (here) go_on_with(*job);
    emit refused("The correction was not published; it is kept as it is", QString::fromStdString(job->error));
    return;
  }
  try {
    job->draft->finish();
    for (const std::string& problem : job->made->problems)
      emit refused("The correction is published, but not all behind it went well",
                   QString::fromStdString(problem));
    loader_.forget(job->case_id);
    reload();
  } catch (const std::exception& e) {
    refuse("The correction is published, but the list cannot be read", e);
  }
  emit published(QString::fromStdString(job->case_id));
}

}  // namespace ledd::viewer
