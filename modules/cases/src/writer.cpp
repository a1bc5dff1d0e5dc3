#include "writer.h"

#include <tbb/parallel_for.h>

namespace ledd::cases {

void Writer::images(const std::vector<Image>& images) {
  std::vector<FileDigest> digests(images.size());
  writing([&] {
    for (const Image& image : images)
      std::filesystem::create_directories((folder_ / image.name).parent_path());
    tbb::parallel_for(std::size_t{0}, images.size(), [&](std::size_t n) {
      const auto path = folder_ / images[n].name;
      images[n].write(path);
      digests[n] = {images[n].name, files::sha256_of_file(path)};
    });
  });
  outputs_.insert(outputs_.end(), digests.begin(), digests.end());
}

}  // namespace ledd::cases
