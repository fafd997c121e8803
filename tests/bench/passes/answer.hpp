// The C++ side of the protocol in passes.py.
#pragma once

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace alexnet::bench {

// A loaded network. set_input takes a batch of images (N x C x H x W). run makes one pass over them and
// returns the scores, which are valid until the next pass.
struct Runtime {
  std::function<void(std::span<const float> images, int batch)> set_input;
  std::function<std::span<const float>()> run;
};

// argv: MODEL INPUT SIDE THREADS
struct Setting {
  std::string model;
  std::vector<float> input;
  int side;
  int threads;
};

inline Setting read_setting(int argc, char** argv) {
  if (argc != 5) throw std::runtime_error("usage: MODEL INPUT SIDE THREADS");
  std::ifstream in(argv[2], std::ios::binary | std::ios::ate);
  std::vector<float> input(static_cast<std::size_t>(in.tellg()) / sizeof(float));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(input.data()), static_cast<std::streamsize>(input.size() * sizeof(float)));
  if (!in) throw std::runtime_error(std::string(argv[2]) + ": cannot be read");
  return {argv[1], std::move(input), std::stoi(argv[3]), std::stoi(argv[4])};
}

inline void answer(const Setting& setting, const Runtime& runtime) {
  const auto print = [](const auto& numbers) {
    const char* separator = "[";
    for (const auto number : numbers) {
      std::printf("%s%.9g", separator, static_cast<double>(number));
      separator = ",";
    }
    std::puts("]");
    std::fflush(stdout);
  };
  std::puts("[]");  // loaded
  std::fflush(stdout);
  std::string command;
  int batch = 0;
  int count = 0;
  while (std::cin >> command >> batch >> count) {
    const auto side = static_cast<std::size_t>(setting.side);
    const auto images = std::span(setting.input).first(static_cast<std::size_t>(batch) * 3 * side * side);
    std::vector<double> ms;
    std::vector<float> scores;
    for (int i = 0; i < count; ++i) {
      runtime.set_input(images, batch);
      const auto began = std::chrono::steady_clock::now();
      const auto out = runtime.run();
      ms.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
      scores.assign(out.begin(), out.end());
    }
    command == "scores" ? print(scores) : print(ms);
  }
}

}  // namespace alexnet::bench
