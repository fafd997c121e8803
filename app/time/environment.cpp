#include "time/environment.hpp"

#include <array>
#include <ctime>
#include <fstream>

#include "alexnet/image.hpp"
#include "alexnet/version.hpp"
#include "image/opencv_version.hpp"
#include "kernels/gemm.hpp"
#include "print/json.hpp"

namespace alexnet::app {
namespace {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return utf8(line.substr(colon + 2));
  }
  return "unknown";
}

}  // namespace

Environment current_environment() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {date.data(),
          cpu_name(),
          std::string(kernels::gemm_levels().back().name),
          version(),
          kernels::eigen_version(),
          image::opencv_version()};
}

}  // namespace alexnet::app
