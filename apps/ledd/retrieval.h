#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ledd/dicom_network/query.h"

namespace ledd::cli {

/// Has another system send studies here, while the receiver takes them.
class Retrieval {
 public:
  Retrieval(const dicom_network::Peer& peer,
            const dicom_network::Caller& caller,
            std::vector<dicom_network::RemoteStudy> studies);
  ~Retrieval();
  Retrieval(const Retrieval&) = delete;
  Retrieval& operator=(const Retrieval&) = delete;

  const std::vector<dicom_network::RemoteStudy>& studies() const { return studies_; }
  /// True when the other system has answered for every study.
  bool over() const { return over_; }
  /// No further study is asked for.
  void stop() { stopped_ = true; }
  /// What went wrong so far.
  std::vector<std::string> problems() const;

 private:
  void work(const dicom_network::Peer& peer, const dicom_network::Caller& caller);

  std::vector<dicom_network::RemoteStudy> studies_;
  mutable std::mutex mutex_;
  std::vector<std::string> problems_;
  std::atomic<bool> over_{false}, stopped_{false};
  std::thread thread_;
};

}  // namespace ledd::cli
