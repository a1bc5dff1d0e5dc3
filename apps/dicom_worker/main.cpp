#include "ledd/deidentification/handlers.h"
#include "ledd/dicom/handlers.h"
#include "ledd/dicom_results/handlers.h"
#include "ledd/isolation/serve.h"

int main(int argc, char** argv) {
  // A module that parses DICOM adds its handlers here: handlers.merge(<module>::handlers()).
  ledd::isolation::Handlers handlers = ledd::dicom::handlers();
  handlers.merge(ledd::dicom_results::handlers());
  handlers.merge(ledd::deidentification::handlers());
  return ledd::isolation::serve(handlers, argc, argv);
}
