#include "core/nearest.hpp"

#include <algorithm>
#include <numeric>

#include "core/ascii.hpp"
#include "core/escape_for_terminal.hpp"

namespace alexnet {
namespace {

constexpr std::size_t kLongestWord = 64;  // longer input is not a typing error; limits the time

// Returns the Levenshtein distance, ignoring the case of ASCII letters.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : a) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (to_lower_ascii(letter) == to_lower_ascii(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > kLongestWord) return "";
  std::string best;
  std::size_t min_distance = std::max<std::size_t>(2, word.size() / 2) + 1;
  for (const std::string& k : known) {
    const std::size_t distance = edits(word, k);
    if (distance < min_distance) {
      min_distance = distance;
      best = k;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word) {
  return word.empty() ? "" : "; did you mean " + in_quotes(word) + "?";
}

std::string join(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

}  // namespace alexnet
