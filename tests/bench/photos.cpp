// photos FOLDER COUNT WIDTH HEIGHT PHOTO...: writes COUNT different JPEGs of WIDTH x HEIGHT to FOLDER, made
// from the PHOTOs in turn: each shows another part, half are mirrored, with camera noise and quality 85 to
// 95.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr double kNoise = 3.0;     // standard deviation, on a scale of 255
constexpr double kSmallest = 0.7;  // minimum size, relative to the largest part with the required aspect
constexpr int kShift = 64;         // shift of the noise field per photo, in pixels

cv::Mat noise(cv::Size size) {
  cv::Mat grain(size + cv::Size(kShift, kShift), CV_16SC3);
  cv::RNG(1).fill(grain, cv::RNG::NORMAL, 0, kNoise);
  return grain;
}

void write_photo(const cv::Mat& from, cv::Size size, const cv::Mat& grain, int number,
                 const std::string& file) {
  cv::RNG random(static_cast<std::uint64_t>(number) + 1);
  random.next();  // neighbouring seeds start with similar numbers
  const double scale =
      random.uniform(kSmallest, 1.0) *
      std::min(static_cast<double>(from.cols) / size.width, static_cast<double>(from.rows) / size.height);
  cv::Rect part(0, 0, static_cast<int>(scale * size.width), static_cast<int>(scale * size.height));
  part.x = random.uniform(0, from.cols - part.width + 1);
  part.y = random.uniform(0, from.rows - part.height + 1);
  cv::Mat photo;
  cv::resize(from(part), photo, size, 0, 0, cv::INTER_CUBIC);
  if (random.uniform(0, 2) == 1) cv::flip(photo, photo, 1);
  const cv::Point at(random.uniform(0, kShift), random.uniform(0, kShift));
  cv::add(photo, grain(cv::Rect(at, size)), photo, cv::noArray(), CV_8U);
  if (!cv::imwrite(file, photo, {cv::IMWRITE_JPEG_QUALITY, random.uniform(85, 96)}))
    throw std::runtime_error("cannot write " + file);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 6) return 2;
  const std::filesystem::path folder = argv[1];
  const int count = std::atoi(argv[2]);
  const cv::Size size(std::atoi(argv[3]), std::atoi(argv[4]));
  std::vector<cv::Mat> photos;
  for (int i = 5; i < argc; ++i) photos.push_back(cv::imread(argv[i], cv::IMREAD_COLOR));
  std::filesystem::create_directories(folder);
  const cv::Mat grain = noise(size);
  cv::parallel_for_({0, count}, [&](const cv::Range& range) {
    for (int i = range.start; i < range.end; ++i)
      write_photo(photos[static_cast<std::size_t>(i) % photos.size()], size, grain, i,
                  (folder / (std::to_string(i) + ".jpg")).string());
  });
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "photos: %s\n", e.what());
  return 1;
}
