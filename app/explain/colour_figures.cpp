#include <algorithm>
#include <cmath>
#include <numeric>

#include "explain/explain_figures.hpp"
#include "explain/explain_report.hpp"
#include "image/draw.hpp"
#include "print/html.hpp"
#include "print/pictures.hpp"
#include "print/text.hpp"

namespace alexnet::app {
namespace {

constexpr std::size_t kShownChannels = 6;
// Limits that keep a page below 300 kB: pixels per side of a picture, and numbers in a strip if the output
// has one position (kMostStrip) or several (kMostStripOfMany).
constexpr int kMostPhoto = 240;
constexpr int kMostPlane = 96;
constexpr int kMostPart = 48;
constexpr std::size_t kMostStrip = 9216;
constexpr std::size_t kMostStripOfMany = 2304;

std::string picture(const image::Image& image, const char* kind, const std::string& alt) {
  return std::string("<img class=\"") + kind + "\" alt=\"" + html_escaped(alt) + "\" src=\"" +
         png_uri(image) + "\"/>";
}

// Returns an <img> of a patch, a kernel or their products. The style sheet gives all of them the same width.
std::string part(const image::Image& image, const std::string& alt) {
  return picture(image::reduced(image, kMostPart), "part", alt);
}

std::string sized(const char* tag, double x, double y, double w, double h, const char* kind) {
  const auto text = [](double v) { return std::to_string(v); };
  return std::string("<") + tag + " class=\"" + kind + "\" x=\"" + text(x) + "\" y=\"" + text(y) +
         "\" width=\"" + text(w) + "\" height=\"" + text(h) + "\"/>";
}

std::string window_rect(std::span<const Tap> taps) {
  const Tap& a = taps.front();
  const Tap& b = taps.back();
  return sized("rect", a.in_input.x, a.in_input.y, b.in_input.x - a.in_input.x + 1,
               b.in_input.y - a.in_input.y + 1, "window");
}

// Returns an <svg> with the picture `id` and an overlay on it, in a frame for windows that reach into the
// padding.
std::string framed(const std::string& id, Size2 size, double frame, const std::string& overlay,
                   const std::string& alt) {
  const auto text = [](double v) { return std::to_string(v); };
  return R"(<svg class="plane" role="img" aria-label=")" + html_escaped(alt) + "\" viewBox=\"" +
         text(-frame) + " " + text(-frame) + " " + text(size.w + 2 * frame) + " " + text(size.h + 2 * frame) +
         "\"><use href=\"#" + id + "\"/>" + overlay + "</svg>";
}

// Defines the picture `id`, reduced to at most `most` pixels per side. It is drawn at the size of the full
// image.
std::string defined(const std::string& id, const image::Image& image, int most) {
  return "<image id=\"" + id + "\" width=\"" + std::to_string(image.width) + "\" height=\"" +
         std::to_string(image.height) + R"(" preserveAspectRatio="none" href=")" +
         png_uri(image::reduced(image, most)) + "\"/>";
}

// Returns an <svg> that shows the picture `id`, stretched like an <img>.
std::string used(const std::string& id, Size2 size, const char* kind, const std::string& alt) {
  return std::string("<svg class=\"") + kind + R"(" role="img" aria-label=")" + html_escaped(alt) +
         R"(" preserveAspectRatio="none" viewBox="0 0 )" + std::to_string(size.w) + " " +
         std::to_string(size.h) + R"("><use href="#)" + id + "\"/></svg>";
}

// Defines one colour channel of the photo in grey, as a filter. Separate pictures would make the page of a
// 227 x 227 photo 200 kB larger.
std::string channel_of_photo(const std::string& id, int colour) {
  const std::string row = colour == 0 ? "1 0 0 0 0 " : colour == 1 ? "0 1 0 0 0 " : "0 0 1 0 0 ";
  return "<filter id=\"only-" + id + R"(" color-interpolation-filters="sRGB"><feColorMatrix values=")" + row +
         row + row + "0 0 0 1 0\"/></filter><g id=\"" + id + R"("><use href="#photo" filter="url(#only-)" +
         id + ")\"/></g>";
}

std::span<const float> channel_of(const std::vector<float>& all, const Shape& shape, int channel) {
  return std::span(all).subspan(static_cast<std::size_t>(channel) * shape.plane(), shape.plane());
}

// Returns the width of the frame around a plane: the largest padding of the convolution, or 0.
double frame_of(const Layer& layer) {
  const auto* c = std::get_if<Conv>(&layer.params);
  return c == nullptr ? 0 : std::max({c->pad.top, c->pad.left, c->pad.bottom, c->pad.right});
}

}  // namespace

ColourFigures::ColourFigures(const Explanation& e) : e_(e) {
  const WorkedOut worked = work_out(e.layer, *e.example, e.example->channel, e.example->at);
  const std::vector<double>& sums = worked.product.channels;
  const Tap& last = worked.column.back();
  row_.assign(worked.row.begin(), worked.row.end());
  taps_ = row_.size() / sums.size();
  strip_ = std::min(row_.size(), e.layer.out.plane() > 1 ? kMostStripOfMany : kMostStrip);
  window_ = {last.in_window.y + 1, last.in_window.x + 1};
  shown_.resize(sums.size());
  std::iota(shown_.begin(), shown_.end(), 0);
  std::ranges::stable_sort(
      shown_, [&](std::size_t a, std::size_t b) { return std::abs(sums[a]) > std::abs(sums[b]); });
  shown_.resize(std::min(shown_.size(), kShownChannels));
  if (sums.size() <= kShownChannels) std::ranges::sort(shown_);
}

// Returns true if the input is a photo and the kernel covers all three colours, so both can be drawn in
// colour.
bool ColourFigures::in_colours() const { return e_.first && e_.example->photo && row_.size() == 3 * taps_; }

std::string ColourFigures::shared() const {
  const WorkedExample& example = *e_.example;
  std::string text = R"(<svg class="shared" aria-hidden="true" width="0" height="0">)";
  const std::vector<Tap> column = taps_of(e_.layer, example.in, example.channel, example.at);
  const Size2 size{e_.layer.in.height, e_.layer.in.width};
  if (e_.first && example.photo) text += defined("photo", *example.photo, kMostPhoto);
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const std::string id = "plane" + std::to_string(i);
    const int channel = column[shown_[i] * taps_].channel;
    text += e_.first && example.photo
                ? channel_of_photo(id, example.bgr ? 2 - channel : channel)
                : defined(id, plane_picture(channel_of(example.in, e_.layer.in, channel), size), kMostPlane);
  }
  text += defined("map",
                  plane_picture(channel_of(example.out, e_.layer.out, example.channel),
                                {e_.layer.out.height, e_.layer.out.width}),
                  kMostPlane);
  const double most = greatest(row_);
  for (std::size_t i = 0; i < shown_.size(); ++i)
    text +=
        defined("kernel" + std::to_string(i),
                signed_picture(std::span(row_).subspan(shown_[i] * taps_, taps_), most, window_), kMostPart);
  const Size2 fold = folded(strip_);
  text += defined("row", signed_picture(std::span(row_).first(strip_), most, fold), std::max(fold.h, fold.w));
  if (in_colours()) text += defined("colours", kernel_in_colours(row_, window_, example.bgr), kMostPart);
  return text + "</svg>\n";
}

std::string ColourFigures::plane(int index, const std::string& overlay) const {
  return framed("plane" + std::to_string(index), {e_.layer.in.height, e_.layer.in.width}, frame_of(e_.layer),
                overlay, "input channel with the window");
}

std::string ColourFigures::photo(Place at) const {
  const WorkedExample& example = *e_.example;
  if (!e_.first || !example.photo) return "";
  const std::vector<Tap> column = taps_of(e_.layer, example.in, example.channel, at);
  const std::string text = "<div class=\"row\"><figure>" +
                           framed("photo", {example.photo->height, example.photo->width}, frame_of(e_.layer),
                                  window_rect(column), "the photo with the window") +
                           "<figcaption>the photo, and the window</figcaption></figure>";
  if (!in_colours()) return text + "</div>\n";
  image::Image patch = blank(window_);
  for (std::size_t i = 0; i < taps_; ++i) {
    const Tap& tap = column[i];
    Colour pixel = kPadColour;
    for (std::size_t c = 0; c < 3 && !tap.pad; ++c) {
      const std::size_t from =
          (static_cast<std::size_t>(tap.in_input.y) * static_cast<std::size_t>(e_.layer.in.width) +
           static_cast<std::size_t>(tap.in_input.x)) *
              3 +
          c;
      pixel[c] = example.photo->rgb[from] / 255.0;
    }
    set(patch, i, pixel);
  }
  return text + "<figure>" + part(patch, "the patch in colours") +
         "<figcaption>the patch under it</figcaption></figure><figure>" +
         used("colours", window_, "part", "the kernel in colours") + "<figcaption>the kernel of channel " +
         std::to_string(example.channel) + "; middle grey is 0</figcaption></figure></div>\n";
}

std::string ColourFigures::channels_table(const WorkedOut& worked) const {
  const auto [low, high] = std::ranges::minmax(worked.column, {}, &Tap::value);
  std::vector<double> products;
  for (std::size_t i = 0; i < row_.size(); ++i)
    products.push_back(row_[i] * static_cast<double>(worked.column[i].value));
  std::array<std::string, 5> cells;
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const std::size_t first = shown_[i] * taps_;
    const auto taps = std::span(worked.column).subspan(first, taps_);
    cells[0] += "<td>" + plane(static_cast<int>(i), window_rect(taps)) + "<br/>channel " +
                std::to_string(taps.front().channel) + "</td>";
    cells[1] += "<td>" + part(patch_picture(taps, low.value, high.value, window_), "patch") + "</td>";
    cells[2] += "<td>" + used("kernel" + std::to_string(i), window_, "part", "kernel") + "</td>";
    cells[3] += "<td>" +
                part(signed_picture(std::span(products).subspan(first, taps_), greatest(products), window_),
                     "products") +
                "</td>";
    cells[4] += "<td>" + exact(worked.product.channels[shown_[i]]) + "</td>";
  }
  const bool conv = std::holds_alternative<Conv>(e_.layer.params);
  const std::array titles{conv ? "input channel, with the window" : "input channel",
                          conv ? "patch: its part of the column" : "its part of the column",
                          conv ? "kernel: its part of the row" : "weights: its part of the row", "products",
                          "their sum"};
  std::string text = R"(<div class="scroll"><table class="channels">)";
  for (std::size_t r = 0; r < cells.size(); ++r)
    text += std::string("<tr><th>") + titles[r] + "</th>" + cells[r] + "</tr>\n";
  text += "</table></div>\n";
  if (shown_.size() < worked.product.channels.size())
    text += "<p>" + std::to_string(shown_.size()) + " of " + std::to_string(worked.product.channels.size()) +
            " input channels: those whose sums are the greatest in size at the chosen place.</p>\n";
  const Size2 fold = folded(strip_);
  const auto strip = [](const std::string& drawn, const std::string& caption) {
    return "<figure>" + drawn + "<figcaption>" + caption + "</figcaption></figure>\n";
  };
  const std::string k =
      (strip_ < row_.size() ? "the first " + grouped(static_cast<std::int64_t>(strip_)) + " of " : "") +
      grouped(std::ssize(row_)) + " numbers" + (fold.h > 1 ? ", " + std::to_string(fold.w) + " a line" : "");
  return text +
         strip(picture(patch_picture(std::span(worked.column).first(strip_), low.value, high.value, fold),
                       "strip", "column"),
               (conv ? "the patch as a column, laid down: " : "the input as a column, laid down: ") + k) +
         strip(used("row", fold, "strip", "row"), std::string(conv ? "the kernel" : "the weights") +
                                                      " as a row: red is positive, blue negative") +
         strip(picture(signed_picture(std::span(products).first(strip_), greatest(products), fold), "strip",
                       "products"),
               "their products; the sum of all is " + exact(worked.product.sum));
}

std::string ColourFigures::output(Place at) const {
  const Shape& out = e_.layer.out;
  const std::string point = sized("rect", at.x, at.y, 1, 1, "point");
  std::string text = "<div class=\"row\"><figure>";
  if (out.plane() > 1)
    text += framed("map", {out.height, out.width}, 0, point, "the output channel with the point");
  text += "<figcaption>output channel " + std::to_string(e_.example->channel);
  if (out.plane() > 1)
    text += ", and the point at row " + std::to_string(at.y) + ", column " + std::to_string(at.x);
  return text + "</figcaption></figure><div>";
}

std::string ColourFigures::figure(Place at) const {
  const WorkedOut worked = work_out(e_.layer, *e_.example, e_.example->channel, at);
  const auto pads = std::ranges::count_if(worked.column, &Tap::pad);
  std::string text = photo(at) + channels_table(worked);
  text += "<p>Grey: black is the least, white the greatest number.";
  if (frame_of(e_.layer) > 0)
    text += " Yellow: the pad, of which " + (pads > 0 ? grouped(pads) + " zeros are" : "nothing is") +
            " in this patch.";
  text += "</p>\n";
  text += output(at) + "<table><tr><td>sum of products</td><td>" + exact(worked.product.sum) +
          "</td></tr><tr><td>bias</td><td>" +
          (e_.example->bias.empty() ? "none" : exact(static_cast<double>(worked.bias))) +
          "</td></tr><tr><td>output</td><td><b>" + exact(worked.value()) +
          "</b></td></tr></table></div></div>\n";
  return text;
}

std::string plain_figure(const Explanation& e) {
  const WorkedExample& example = *e.example;
  const Shape& in = e.layer.in;
  const Shape& out = e.layer.out;
  if (in.plane() == 1) return "";
  const std::vector<Tap> taps = taps_of(e.layer, example.in, example.channel, example.at);
  const auto one = [&](const std::vector<float>& all, const Shape& shape, int channel, const std::string& id,
                       const std::string& overlay, const std::string& caption) {
    return R"(<figure><svg class="shared" width="0" height="0">)" +
           defined(id, plane_picture(channel_of(all, shape, channel), {shape.height, shape.width}),
                   kMostPlane) +
           "</svg>" + framed(id, {shape.height, shape.width}, 0, overlay, caption) + "<figcaption>" +
           caption + "</figcaption></figure>";
  };
  std::string text = "<div class=\"row\">";
  std::size_t shown = 0;
  for (std::size_t first = 0; first < taps.size() && shown < kShownChannels; ++shown) {
    std::size_t last = first;
    while (last < taps.size() && taps[last].channel == taps[first].channel) ++last;
    text += one(example.in, in, taps[first].channel, "in" + std::to_string(shown),
                window_rect(std::span(taps).subspan(first, last - first)),
                "input channel " + std::to_string(taps[first].channel));
    first = last;
  }
  if (out.plane() > 1)
    text += one(example.out, out, example.channel, "out",
                sized("rect", example.at.x, example.at.y, 1, 1, "point"),
                "output channel " + std::to_string(example.channel));
  return text + "</div>\n";
}

}  // namespace alexnet::app
