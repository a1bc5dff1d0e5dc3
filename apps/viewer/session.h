#pragma once
#include <QObject>
#include <QTimer>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/cases/open_case.h"
#include "ledd/cases/pipeline.h"
#include "ledd/review/draft.h"
#include "ledd/review/worklist.h"

#include "case_loader.h"
#include "scene.h"

namespace ledd::viewer {

/// What the viewer was started on, and by whom.
struct SessionOptions {
  std::filesystem::path out;                    ///< An output folder.
  std::string only_case;                        ///< Of these one alone; empty: all.
  std::vector<std::filesystem::path> images{};  ///< Where scans lie that have moved since.
  std::filesystem::path key{};                  ///< Of the subjects' pseudonyms, where the folder has them.
  /// Instead of an output folder: images from anywhere, and what was drawn on them. Its `series` is chosen
  /// in the list.
  std::optional<cases::ScanRequest> scan{};
  std::string reader;  ///< As the reader signs.
  bool blind = false;
};

/// The pipelines are made when a correction is measured, and not before: opening a case needs none.
using MakeRegistry = std::function<cases::Registry()>;

/// One reader at one output folder: which case is open, what was said of it, and the correction in the
/// making. Knows no widget; a window follows its signals. All that is said or drawn goes to disk through
/// here.
class Session : public QObject {
  Q_OBJECT
 public:
  Session(SessionOptions options, MakeRegistry make_registry, Scene& scene);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const SessionOptions& options() const noexcept { return options_; }
  const std::vector<review::Item>& items() const noexcept { return items_; }

  /// Reads the list anew. @throws Error  the folder cannot be read.
  void reload();

  /// The tables over all cases with what was decided since: for the end, when nobody waits.
  /// @throws Error  they cannot be written.
  void write_tables();

  /// Answers with shown(), or empty() where the case has nothing to look at.
  void open(const std::string& case_id);
  void preload(const std::string& case_id);
  const review::Item* item() const noexcept;  ///< That is open; null before the first.
  /// Its labels are null once they are corrected: the scene has them.
  const cases::OpenCase* opened() const noexcept { return opened_.get(); }

  /// Without reader, case and result, which are filled in here. Answers with judged() or refused().
  void judge(review_record::Decision decision);

  /// After draft_found(): the steps are done again on the labels; or set aside, kept under another name.
  void take_up_draft();
  void set_draft_aside();
  /// Steps of the correction that are not published.
  std::size_t steps() const;
  bool can_correct() const noexcept { return why_not_.isEmpty(); }
  const QString& why_not() const noexcept { return why_not_; }  ///< Why nothing can be corrected now.

  /// The correction becomes a new version of the case, measured by its pipeline, in the background. Answers
  /// with published() or refused(); until then the draft stays.
  void publish(const std::string& comment, double seconds);
  bool publishing() const noexcept { return job_ != nullptr; }
  /// A finished case of Ledd, and no scan from anywhere: it can be judged and measured again.
  bool is_case() const noexcept { return !options_.scan && opened_ != nullptr; }
  /// The labels of a scan as they are now, into a new file. Answers with said() or refused().
  void save_labels(const std::filesystem::path& file);

 signals:
  void listed();
  void shown();
  void empty(const QString& why);
  void draft_found(int steps, bool cut_off);
  void editable_changed();
  void judged(const ledd::review_record::Decision& decision);
  void published(const QString& case_id);
  void refused(const QString& title, const QString& text);
  void said(const QString& text);

 private:
  struct Job;
  cases::OpenCase read(const std::string& case_id,
                       Context& context,
                       const CaseLoader::LabelsRead& labels_read) const;
  void show(const std::shared_ptr<cases::OpenCase>& opened);
  void offer(const cases::OpenCase& opened);
  QString why_no_correction() const;
  std::filesystem::path drafts() const;
  std::string draft_name() const;
  void look_for_draft();
  void leave_draft();
  Labels::ConstPointer given() const;
  void keep(const label_editing::Change& change, label_editing::Entry::Kind kind);
  void begin_draft(review::Draft::Begin begin);
  void take_back(label_editing::Entry::Kind kind);
  void set_why_not(const QString& why);
  void go_on_with(Job& job);
  void end_job();
  void refuse(const QString& title, const std::exception& why);

  SessionOptions options_;
  MakeRegistry make_registry_;
  Scene& scene_;
  CaseLoader loader_;
  std::vector<review::Item> items_;
  std::string case_id_;  ///< That is open, or asked for; of a scan the id of its series.
  std::shared_ptr<cases::OpenCase> opened_;
  std::unique_ptr<review::Draft> draft_;
  std::optional<review::Draft::Found> found_;
  QString why_not_;
  bool saved_ = false;    ///< All that was drawn is in a file, and nothing was drawn since.
  bool decided_ = false;  ///< Since the tables were written.
  QTimer flush_;
  std::unique_ptr<Job> job_;
};

}  // namespace ledd::viewer
