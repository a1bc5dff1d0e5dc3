#pragma once
#include <QObject>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledd/cases/open_case.h"

namespace ledd::viewer {

/// Opens cases in the background, the next one before it is asked for.
class CaseLoader : public QObject {
  Q_OBJECT
 public:
  /// As cases::open_case() has it.
  using LabelsRead = std::function<void(Labels&)>;
  using Open = std::function<cases::OpenCase(
      const std::string& case_id, Context& context, const LabelsRead& labels_read)>;
  /// @param open  called from threads of its own.
  explicit CaseLoader(Open open, QObject* parent = nullptr);
  ~CaseLoader() override;
  CaseLoader(const CaseLoader&) = delete;
  CaseLoader& operator=(const CaseLoader&) = delete;

  /// Answers with loaded() or failed(), and knows nothing of the case from then on. One that was opened
  /// before is unpacked, in the background, which takes a tenth of a second.
  void want(const std::string& case_id);
  /// Opened in the background and kept, packed, until want() asks for it or for another.
  void preload(const std::string& case_id);
  /// What was opened is of the past: the case was made anew.
  void forget(const std::string& case_id);

 signals:
  void loaded(const QString& case_id, std::shared_ptr<ledd::cases::OpenCase> opened);
  void failed(const QString& case_id, const QString& why);

 private:
  struct Job;
  void begin(const std::string& case_id, bool wanted);
  void unpack(const std::string& case_id, Job& job);
  void tell(const std::string& case_id);
  void answer(const std::string& case_id);
  void keep_only(const std::string& one, const std::string& other);

  Open open_;
  std::map<std::string, std::shared_ptr<Job>> jobs_;
  std::vector<std::shared_ptr<Job>> leaving_;  ///< Told to stop, and not waited for.
  std::string wanted_, next_;
};

}  // namespace ledd::viewer
