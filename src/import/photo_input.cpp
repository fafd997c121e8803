#include "import/photo_input.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <vector>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/nearest.hpp"
#include "import/numpy.hpp"
#include "network/description.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

using Mean = std::array<double, 3>;

constexpr double kRounding = 1e-6;

// Returns the value of a white pixel before the mean is subtracted: 1 or 255.
double white_value(const image::Preprocess& input) { return 255 * input.scale; }

std::string number(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string list(const Mean& numbers) {
  return number(numbers[0]) + "," + number(numbers[1]) + "," + number(numbers[2]);
}

// Returns true if the two differ by at most 2 % in each channel.
bool is_like(const Mean& a, const Mean& b) {
  constexpr double kShare = 0.02;
  return std::ranges::equal(a, b, [](double x, double y) {
    return std::abs(x - y) <= kShare * std::max(std::abs(x), std::abs(y));
  });
}

// Returns true if numbers below 1 are meant for pixels from 0 to 1, but these are 0 to 255.
bool are_too_small(const Mean& numbers, double white) {
  constexpr double kBytes = 100;  // a white value above this is 255, or near it
  return white > kBytes && std::ranges::all_of(numbers, [](double n) { return n < 1; });
}

bool are_zero(const Mean& numbers) {
  return std::ranges::all_of(numbers, [](double n) { return n == 0; });
}

// A std that is equal in all channels is a scale, as in Caffe's files.
bool are_equal(const Mean& numbers) {
  return std::ranges::all_of(numbers, [&](double n) { return n == numbers[0]; });
}

// Returns the three numbers of "104,117,123". With `one`, "104" is three equal numbers. Returns nullopt for
// any other text.
std::optional<Mean> parse_numbers(const std::string& text, bool one) {
  Mean numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto skip_spaces = [&] {
    while (at != end && (*at == ' ' || *at == '\t')) ++at;
  };
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i == 1 && one && at == end) {
      numbers.fill(numbers[0]);
      break;
    }
    if (i > 0 && (at == end || *at++ != ',')) return std::nullopt;
    skip_spaces();
    const auto [stop, error] = std::from_chars(at, end, numbers[i]);
    if (error != std::errc() || !std::isfinite(numbers[i])) return std::nullopt;
    at = stop;
    skip_spaces();
  }
  return at == end ? std::optional(numbers) : std::nullopt;
}

// Sets the size to which photos are resized from "256", the shorter side, or "256x320", height and width.
void set_resize(Model& model, const std::string& text) {
  image::Preprocess& input = model.description.input;
  constexpr int kMaxSide = 65535;
  const auto side = [](std::string_view digits) {
    int value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && stop == end && value <= kMaxSide ? value : 0;
  };
  const std::size_t cross = text.find('x');
  const bool squash = cross != std::string::npos;
  const Size2 size{side(std::string_view(text).substr(0, cross)),
                   side(squash ? std::string_view(text).substr(cross + 1) : text)};
  if (std::min(size.h, size.w) < 1)
    throw ModelError(model.path.string(), "resize",
                     in_quotes(text) + " is neither one size, for the shorter side, nor HEIGHTxWIDTH");
  if (size.h < input.size.h || size.w < input.size.w)
    throw ModelError(model.path.string(), "resize",
                     in_quotes(text) + " is less than the input of " + std::to_string(input.size.h) + " x " +
                         std::to_string(input.size.w));
  input.rule = squash ? image::ResizeRule::squash : image::ResizeRule::shorter_side;
  input.resize = size;
}

}  // namespace

void doubt_input(Model& model) {
  const image::Preprocess& input = model.description.input;
  const double white = white_value(input);
  const auto doubt = [&](const char* what, const Mean& numbers) {
    constexpr double kUnit = 2.5;  // a white value below this means pixels from 0 to 1, or -1 to 1
    const bool are_too_large =
        white < kUnit && std::ranges::all_of(numbers, [&](double n) { return n > white; });
    if (are_too_small(numbers, white) || are_too_large)
      model.notes.push_back(std::string("the ") + what + ", " + list(numbers) +
                            ", seems to be for pixels of another range: expected 0 to " + number(white));
  };
  if (!are_zero(input.mean)) doubt("mean", input.mean);
  if (!are_equal(input.std)) doubt("std", input.std);
}

void set_input(Model& model, const ImportOptions& options, const std::string& fallback, Size2 size) {
  const std::string& name = options.preset.empty() ? fallback : options.preset;
  const std::vector<std::string> known = preset_names();
  if (std::ranges::find(known, name) == known.end())
    throw ModelError(model.path.string(), "preset",
                     "unknown " + in_quotes(name) + did_you_mean(nearest(name, known)));
  image::Preprocess& input = model.description.input;
  input = preset_input(name, size);
  if (model.description.layers.front().in.channels == 1) {
    input.order = image::ChannelOrder::grey;  // the numbers of a preset are for colours
    input.mean.fill(0);
    input.std.fill(1);
  }
  if (options.preset.empty())
    model.notes.push_back("the file does not say how photos are prepared: as " + name + " does" +
                          (image::channels(input) == 1 ? ", in grey, without a mean" : ""));
}

void override_input(Model& model, const ImportOptions& options) {
  image::Preprocess& input = model.description.input;
  const auto fail = [&](const char* field, const std::string& reason) {
    throw ModelError(model.path.string(), field, reason);
  };
  if (options.channels && *options.channels != input.order) {
    if (options.channels == image::ChannelOrder::grey || input.order == image::ChannelOrder::grey)
      fail("channels",
           "the network has " + std::to_string(image::channels(input)) +
               (image::channels(input) == 1 ? " channel; only grey fits" : " channels; rgb and bgr fit"));
    input.order = *options.channels;
    std::ranges::reverse(input.mean);  // the preset's numbers stay with their colours
    std::ranges::reverse(input.std);
  }
  if (options.scale) {
    if (!(*options.scale > 0)) fail("scale", "must be greater than 0");
    input.scale = *options.scale;
  }
  if (!options.resize.empty()) set_resize(model, options.resize);
  if (!options.std.empty()) {
    const auto std = parse_numbers(options.std, true);
    if (!std)
      fail("std", in_quotes(options.std) + " is neither one number nor three, " + order_of_mean(input));
    const double white = white_value(input);
    const std::string range = ", but the network's numbers of a photo are 0 to " + number(white);
    for (const double value : *std) {
      if (value <= 0) fail("std", "must be greater than 0");
      if (white <= 2.5 && value > white)
        fail("std", "has " + number(value) + range + (white == 1 ? "; divide the numbers by 255" : ""));
    }
    if (are_too_small(*std, white) && !are_equal(*std))
      fail("std", "has " + number((*std)[0]) + range + "; multiply the numbers by 255");
    input.std = *std;
  }
  if (options.mean.empty()) return;
  if (const auto mean = parse_numbers(options.mean, image::channels(input) == 1)) {
    if (are_too_small(*mean, white_value(input)) && !are_zero(*mean))
      fail("mean", "has " + number((*mean)[0]) + ", but the network's numbers of a photo are 0 to " +
                       number(white_value(input)) +
                       " before the mean is subtracted; multiply the mean's numbers by 255");
    use_mean(model, *mean);
    return;
  }
  const std::string name = in_quotes(options.mean);
  if (is_numpy_file(options.mean)) {
    const Mean mean = read_numpy_mean(options.mean, image::channels(input));
    model.notes.push_back("of the mean image in " + options.mean +
                          " the mean of each channel is subtracted, " + list(mean));
    use_mean(model, mean);
    return;
  }
  std::error_code ignored;
  throw ModelError(
      model.path.string(), "mean",
      name + (image::channels(input) == 1 ? " is not one number, " : " is not three numbers, ") +
          order_of_mean(model.description.input) +
          (fs::exists(options.mean, ignored) ? "; a mean file is for Caffe's networks alone" : ""));
}

void use_mean(Model& model, const Mean& mean) {
  image::Preprocess& input = model.description.input;
  const double white = white_value(input);
  for (const double value : mean)
    if (value < 0 || value > white * (1 + kRounding))
      throw ModelError(model.path.string(), "mean",
                       "has " + number(value) + ", but the network's numbers of a photo are 0 to " +
                           number(white) + " before the mean is subtracted" +
                           (value <= white ? ""
                            : white <= 1   ? "; divide the mean's numbers by 255"
                            : white < 255  ? "; for Caffe's scale, which multiplies after the mean, give "
                                             "--std " +
                                                number(1 / input.scale) + " instead of --scale"
                                          : ""));
  Mean reversed = mean;
  std::ranges::reverse(reversed);
  if (is_like(reversed, input.mean) && !is_like(mean, input.mean))
    model.notes.push_back("the mean's channels seem to be in the wrong order: this network takes " +
                          order_of_mean(input) + ", " + list(reversed));
  input.mean = mean;
}

std::optional<Mean> parse_mean(const std::string& text) { return parse_numbers(text, false); }

std::string order_of_mean(const image::Preprocess& input) {
  return std::array{"red,green,blue", "blue,green,red", "grey"}[static_cast<std::size_t>(input.order)];
}

bool is_numpy_file(const std::string& name) { return name.ends_with(".npy"); }

}  // namespace alexnet
