#include "retrieval.h"

#include <utility>

#include "ledd/core/error.h"

namespace ledd::cli {

Retrieval::Retrieval(const dicom_network::Peer& peer,
                     const dicom_network::Caller& caller,
                     std::vector<dicom_network::RemoteStudy> studies)
    : studies_(std::move(studies)), thread_([this, peer, caller] { work(peer, caller); }) {}

Retrieval::~Retrieval() {
  stop();
  thread_.join();
}

std::vector<std::string> Retrieval::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

void Retrieval::work(const dicom_network::Peer& peer, const dicom_network::Caller& caller) {
  for (const auto& study : studies_) {
    if (stopped_) break;
    std::string problem;
    try {
      problem = dicom_network::move_study(peer, caller, caller.aet, study.study_uid).problem;
    } catch (const std::exception& e) {
      problem = e.what();
    }
    const std::lock_guard lock(mutex_);
    if (!problem.empty()) problems_.push_back(study.study_uid + ": " + problem);
  }
  over_ = true;
}

}  // namespace ledd::cli
