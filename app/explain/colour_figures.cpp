#include "explain/explain_figures.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "explain/explain_report.hpp"
#include "image/draw.hpp"
#include "print/html.hpp"
#include "print/pictures.hpp"
#include "print/text.hpp"

namespace alexnet::app {
namespace {

constexpr std::size_t kShownChannels = 6;
// Limits that keep a page below 300 kB: pixels per side of a picture, and numbers in a strip if the output
// has one position (kMaxStrip) or several (kMaxStripOfMany).
constexpr int kMaxPhoto = 240;
constexpr int kMaxPlane = 96;
constexpr int kMaxPart = 48;
constexpr std::size_t kMaxStrip = 9216;
constexpr std::size_t kMaxStripOfMany = 2304;

Markup picture(const image::Image& image, const char* cls, const std::string& alt) {
  return element("img", {{"class", cls}, {"alt", alt}, {"src", png_uri(image)}});
}

// Returns an <img> of a patch, a kernel or their products. The style sheet gives all of them the same width.
Markup part(const image::Image& image, const char* cls, const std::string& alt) {
  return picture(image::reduced(image, kMaxPart), cls, alt);
}

Markup figure_of(const Markup& drawing, const std::string& caption) {
  return element("figure", {}, {drawing, element("figcaption", {}, caption)});
}

Markup in_row(const Markup& figures) { return element("div", {{"class", "row"}}, figures); }

Markup rect(const char* cls, int x, int y, int w, int h) {
  return element("rect", {{"class", cls}, {"x", x}, {"y", y}, {"width", w}, {"height", h}});
}

Markup window_rect(std::span<const Tap> taps) {
  const Tap& a = taps.front();
  const Tap& b = taps.back();
  return rect("window", a.in_input.x, a.in_input.y, b.in_input.x - a.in_input.x + 1,
              b.in_input.y - a.in_input.y + 1);
}

std::string view_box(int x, int y, int w, int h) {
  return std::to_string(x) + " " + std::to_string(y) + " " + std::to_string(w) + " " + std::to_string(h);
}

Markup use(const std::string& id) { return element("use", {{"href", "#" + id}}); }

// Returns an <svg> with the picture `id` and an overlay on it, in a frame for windows that reach into the
// padding.
Markup framed(const std::string& id, Size2 size, int frame, const Markup& overlay, const std::string& alt) {
  return element("svg",
                 {{"class", "plane"},
                  {"role", "img"},
                  {"aria-label", alt},
                  {"viewBox", view_box(-frame, -frame, size.w + 2 * frame, size.h + 2 * frame)}},
                 use(id) + overlay);
}

// Defines the picture `id`, reduced to at most `max` pixels per side. It is drawn at the size of the full
// image. cls: a CSS class, or "".
Markup defined(const std::string& id, const image::Image& image, int max, const char* cls = "") {
  return element("image", {{"id", id},
                           {"width", image.width},
                           {"height", image.height},
                           {"preserveAspectRatio", "none"},
                           {"class", cls},
                           {"href", png_uri(image::reduced(image, max))}});
}

// Returns an <svg> that holds pictures for others to use, and shows nothing.
Markup hidden(const Markup& pictures) {
  return element("svg", {{"class", "shared"}, {"aria-hidden", "true"}, {"width", 0}, {"height", 0}},
                 pictures);
}

// Returns an <svg> that shows the picture `id`, scaled like an <img>.
Markup used(const std::string& id, Size2 size, const char* cls, const std::string& alt) {
  return element("svg",
                 {{"class", cls},
                  {"role", "img"},
                  {"aria-label", alt},
                  {"preserveAspectRatio", "none"},
                  {"viewBox", view_box(0, 0, size.w, size.h)}},
                 use(id));
}

// Defines one colour channel of the photo in grey, as a filter. Separate pictures would make the page of a
// 227 x 227 photo 200 kB larger.
Markup channel_of_photo(const std::string& id, int colour) {
  const std::string row = colour == 0 ? "1 0 0 0 0 " : colour == 1 ? "0 1 0 0 0 " : "0 0 1 0 0 ";
  const std::string filter = "only-" + id;
  return element("filter", {{"id", filter}, {"color-interpolation-filters", "sRGB"}},
                 element("feColorMatrix", {{"values", row + row + row + "0 0 0 1 0"}})) +
         element("g", {{"id", id}}, element("use", {{"href", "#photo"}, {"filter", "url(#" + filter + ")"}}));
}

// Returns the width of the frame around a plane: the largest padding of the convolution, or 0.
int frame_of(const Layer& layer) {
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
  strip_ = std::min(row_.size(), e.layer.out.plane() > 1 ? kMaxStripOfMany : kMaxStrip);
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

Markup ColourFigures::shared() const {
  const WorkedExample& example = *e_.example;
  Markup pictures;
  const std::vector<Tap> column = taps_of(e_.layer, example.in, example.channel, example.at);
  const Size2 size{e_.layer.in.height, e_.layer.in.width};
  if (e_.first && example.photo) pictures += defined("photo", *example.photo, kMaxPhoto);
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const std::string id = "plane" + std::to_string(i);
    const int channel = column[shown_[i] * taps_].channel;
    pictures += e_.first && example.photo
                    ? channel_of_photo(id, example.bgr ? 2 - channel : channel)
                    : defined(id, plane_picture(plane_of(example.in, e_.layer.in, channel), size), kMaxPlane);
  }
  pictures += defined("map",
                      plane_picture(plane_of(example.out, e_.layer.out, example.channel),
                                    {e_.layer.out.height, e_.layer.out.width}),
                      kMaxPlane);
  const double max = max_magnitude(row_);
  for (std::size_t i = 0; i < shown_.size(); ++i)
    pictures += defined("kernel" + std::to_string(i),
                        signed_picture(std::span(row_).subspan(shown_[i] * taps_, taps_), max, window_),
                        kMaxPart, "signed");
  const Size2 fold = folded(strip_);
  pictures += defined("row", signed_picture(std::span(row_).first(strip_), max, fold),
                      std::max(fold.h, fold.w), "signed");
  if (in_colours()) pictures += defined("colours", kernel_in_colours(row_, window_, example.bgr), kMaxPart);
  return hidden(pictures);
}

Markup ColourFigures::plane(int index, const Markup& overlay) const {
  return framed("plane" + std::to_string(index), {e_.layer.in.height, e_.layer.in.width}, frame_of(e_.layer),
                overlay, "input channel with the window");
}

Markup ColourFigures::photo(Position at) const {
  const WorkedExample& example = *e_.example;
  if (!e_.first || !example.photo) return {};
  const std::vector<Tap> column = taps_of(e_.layer, example.in, example.channel, at);
  const Markup whole = figure_of(framed("photo", {example.photo->height, example.photo->width},
                                        frame_of(e_.layer), window_rect(column), "the photo with the window"),
                                 "The photo and the window");
  if (!in_colours()) return in_row(whole);
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
  return in_row(
      {whole, figure_of(part(patch, "part", "the patch in colours"), "The patch inside the window"),
       figure_of(used("colours", window_, "part", "the kernel in colours"),
                 "The kernel of output channel " + std::to_string(example.channel) + ". Middle grey is 0")});
}

Markup ColourFigures::channels(const WorkedOut& worked) const {
  const auto [low, high] = std::ranges::minmax(worked.column, {}, &Tap::value);
  const bool conv = std::holds_alternative<Conv>(e_.layer.params);
  std::vector<double> products;
  for (std::size_t i = 0; i < row_.size(); ++i)
    products.push_back(row_[i] * static_cast<double>(worked.column[i].value));
  const auto caption = [](const std::string& text) { return element("figcaption", {}, text); };
  Markup cards;
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const std::size_t first = shown_[i] * taps_;
    const auto taps = std::span(worked.column).subspan(first, taps_);
    cards += element(
        "figure", {},
        {plane(static_cast<int>(i), window_rect(taps)),
         caption("input channel " + std::to_string(taps.front().channel)),
         part(patch_picture(taps, low.value, high.value, window_), "part", "patch"),
         caption(conv ? "patch" : "its part of the column"),
         used("kernel" + std::to_string(i), window_, "part", "kernel"), caption(conv ? "kernel" : "weights"),
         part(signed_picture(std::span(products).subspan(first, taps_), max_magnitude(products), window_),
              "part signed", "products"),
         caption("products; their sum is " + exact(worked.product.channels[shown_[i]]))});
  }
  Markup text = element("div", {{"class", "channels"}}, cards);
  if (shown_.size() < worked.product.channels.size())
    text +=
        element("p", {},
                "The page shows " + std::to_string(shown_.size()) + " of " +
                    std::to_string(worked.product.channels.size()) +
                    " input channels: those with the largest sums (by magnitude) at the chosen position.");
  const Size2 fold = folded(strip_);
  const std::string k =
      (strip_ < row_.size() ? "the first " + grouped(static_cast<std::int64_t>(strip_)) + " of " : "") +
      grouped(std::ssize(row_)) + " numbers" +
      (fold.h > 1 ? ", " + std::to_string(fold.w) + " per line" : "");
  return text +
         figure_of(
             picture(patch_picture(std::span(worked.column).first(strip_), low.value, high.value, fold),
                     "strip", "column"),
             std::string(conv ? "The patch" : "The input") + " as a column, drawn from left to right: " + k) +
         figure_of(used("row", fold, "strip", "row"), std::string(conv ? "The kernel" : "The weights") +
                                                          " as a row. Red is positive, blue is negative") +
         figure_of(picture(signed_picture(std::span(products).first(strip_), max_magnitude(products), fold),
                           "strip signed", "products"),
                   "Their products. The sum of all products is " + exact(worked.product.sum));
}

Markup ColourFigures::output(Position at) const {
  const Shape& out = e_.layer.out;
  const std::string channel = "Output channel " + std::to_string(e_.example->channel);
  if (out.plane() == 1) return figure_of({}, channel);
  return figure_of(
      framed("map", {out.height, out.width}, 0, rect("point", at.x, at.y, 1, 1),
             "the output channel with the point"),
      channel + ". The mark is at row " + std::to_string(at.y) + ", column " + std::to_string(at.x));
}

Markup ColourFigures::figure(Position at) const {
  const WorkedOut worked = work_out(e_.layer, *e_.example, e_.example->channel, at);
  const auto pads = std::ranges::count_if(worked.column, &Tap::pad);
  std::string key = "Grey pictures: black is the minimum, white is the maximum.";
  if (frame_of(e_.layer) > 0)
    key += " Yellow: the padding. " +
           (pads > 0 ? grouped(pads) + " zeros of it are in this patch." : "None of it is in this patch.");
  const auto row = [](const char* name, const Markup& value) {
    return element("tr", {}, {element("td", {}, name), element("td", {}, value)});
  };
  const Markup sums =
      row("sum of products", exact(worked.product.sum)) +
      row("bias", e_.example->bias.empty() ? "none" : exact(static_cast<double>(worked.bias))) +
      row("output", element("b", {}, exact(worked.value())));
  return photo(at) + channels(worked) + element("p", {}, key) +
         in_row({output(at), element("table", {}, sums)});
}

Markup plain_figure(const Explanation& e) {
  const WorkedExample& example = *e.example;
  const Shape& in = e.layer.in;
  const Shape& out = e.layer.out;
  if (in.plane() == 1) return {};
  const std::vector<Tap> taps = taps_of(e.layer, example.in, example.channel, example.at);
  const auto one = [&](const std::vector<float>& all, const Shape& shape, int channel, const std::string& id,
                       const Markup& overlay, const std::string& caption) {
    const Size2 size{shape.height, shape.width};
    return figure_of(hidden(defined(id, plane_picture(plane_of(all, shape, channel), size), kMaxPlane)) +
                         framed(id, size, 0, overlay, caption),
                     caption);
  };
  Markup figures;
  std::size_t shown = 0;
  for (std::size_t first = 0; first < taps.size() && shown < kShownChannels; ++shown) {
    std::size_t last = first;
    while (last < taps.size() && taps[last].channel == taps[first].channel) ++last;
    figures += one(example.in, in, taps[first].channel, "in" + std::to_string(shown),
                   window_rect(std::span(taps).subspan(first, last - first)),
                   "Input channel " + std::to_string(taps[first].channel));
    first = last;
  }
  if (out.plane() > 1)
    figures += one(example.out, out, example.channel, "out", rect("point", example.at.x, example.at.y, 1, 1),
                   "Output channel " + std::to_string(example.channel));
  return in_row(figures);
}

}  // namespace alexnet::app
