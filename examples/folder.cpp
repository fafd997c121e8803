// Names what is in every file of a folder, on all cores, in the order of the names: folder FOLDER [MODEL]
#include <alexnet/classifier.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <vector>

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "usage: folder FOLDER [MODEL]\n";
    return 2;
  }
  std::vector<std::filesystem::path> photos;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
    if (entry.is_regular_file()) photos.push_back(entry.path());
  std::ranges::sort(photos);

  const alexnet::Classifier classifier(argc > 2 ? argv[2] : "tiny-alexnet");
  for (const std::string& note : classifier.notes()) std::cerr << "note: " << note << '\n';
  classifier.classify_many(photos, [](const alexnet::Classified& photo) {
    std::cout << photo.photo.filename().string() << ": ";
    if (photo.error)
      std::cout << photo.error->what() << '\n';
    else
      std::cout << photo.predictions.front().label << ' ' << photo.predictions.front().probability << '\n';
  });
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
