// Names what is in a photo: classify PHOTO [MODEL]
#include <alexnet/classifier.hpp>
#include <exception>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "usage: classify PHOTO [MODEL]\n";
    return 2;
  }
  const alexnet::Classifier classifier(argc > 2 ? argv[2] : "tiny-alexnet");
  for (const alexnet::Prediction& p : classifier.classify(argv[1], 5))
    std::cout << p.label << ' ' << p.probability << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
