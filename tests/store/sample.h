#pragma once
#include "ledd/store/store.h"

namespace ledd::store {

inline EndpointDefinition height() {
  return {"Ha",
          "Anterior vertebral body height",
          "mm",
          "six-point/1",
          "Distance of the anterior corners.",
          "Genant 1993",
          "not yet measured"};
}

inline CaseEndpoints sample(const std::string& case_id) {
  CaseEndpoints c;
  c.info = {case_id, "S-001", "m00", "2024-05-31", "North", "Vendor, Model 1.5T", "spine-mri", "0.1.0"};
  c.definitions = {height()};
  c.measurements = {measured("L1", height(), 25.375),
                    uncertain("L2", height(), 0.1 + 0.2, "the upper endplate is faint"),
                    failed("L3", height(), "not in view")};
  return c;
}

}  // namespace ledd::store
