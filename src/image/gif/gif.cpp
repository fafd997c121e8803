// GIF by giflib: the first frame, on the background of the whole picture.
#include "image/decoders.hpp"

#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "core/module.hpp"

namespace alexnet::image {
namespace {

// A code of LZW has at most 12 bits and stands for at most 4096 pixels.
constexpr std::size_t kMaxPixelsPerByte = 4096;

struct Source {
  Bytes rest;
  bool ended = false;  // more bytes were needed than there are

  static int read(GifFileType* gif, GifByteType* to, int size) {
    auto& source = *static_cast<Source*>(gif->UserData);
    const Bytes taken = part(source.rest, 0, static_cast<std::size_t>(size));
    std::copy(taken.begin(), taken.end(), to);
    source.rest = source.rest.subspan(taken.size());
    source.ended = source.ended || taken.size() < static_cast<std::size_t>(size);
    return static_cast<int>(taken.size());
  }
};

[[noreturn]] void fail(const Source& source, int error) {
  if (error == D_GIF_ERR_NOT_ENOUGH_MEM) throw std::bad_alloc();
  if (source.ended || error == D_GIF_ERR_EOF_TOO_SOON) refuse(Format::gif, "truncated");
  const char* const reason = GifErrorString(error);
  refuse(Format::gif, std::string("corrupt: ") + (reason != nullptr ? reason : "unknown error"));
}

struct Close {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

class GifReader {
 public:
  explicit GifReader(Bytes file) : file_(file), source_{file, false} {
    int error = D_GIF_SUCCEEDED;
    gif_.reset(DGifOpen(&source_, Source::read, &error));
    if (!gif_) fail(source_, error);
  }

  Image first_frame(std::optional<Rgb> background) {
    find_frame();
    const GifImageDesc& frame = gif_->Image;
    // Some writers make a frame larger than the picture. Pillow then enlarges the picture.
    const std::int64_t width = std::max(gif_->SWidth, frame.Left + frame.Width);
    const std::int64_t height = std::max(gif_->SHeight, frame.Top + frame.Height);
    check_size(Format::gif, frame.Width, frame.Height);
    check_size(Format::gif, width, height);
    const std::size_t pixels = static_cast<std::size_t>(frame.Width) * static_cast<std::size_t>(frame.Height);
    if (pixels / kMaxPixelsPerByte > file_.size()) refuse(Format::gif, "truncated");
    read_palette();
    const std::size_t channels = transparent_ && background ? 4 : 3;
    std::vector<std::uint8_t> canvas =
        pixel_buffer(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * channels);
    const auto around = static_cast<std::size_t>(transparent_.value_or(gif_->SBackGroundColor));
    for (std::size_t i = 0; i < canvas.size(); i += channels) put(&canvas[i], around, channels);
    std::vector<GifPixelType> line(static_cast<std::size_t>(frame.Width));
    for (const int row : rows(frame)) {
      check(DGifGetLine(gif_.get(), line.data(), frame.Width));
      const std::size_t at = static_cast<std::size_t>(frame.Top + row) * static_cast<std::size_t>(width) +
                             static_cast<std::size_t>(frame.Left);
      std::uint8_t* to = &canvas[at * channels];
      for (const GifPixelType index : line) {
        if (index >= colours_ && index != transparent_)
          refuse(Format::gif, "corrupt: a pixel has a colour that the palette does not have");
        put(to, index, channels);
        to += channels;
      }
    }
    if (channels == 4)
      return flatten(std::move(canvas), static_cast<int>(width), static_cast<int>(height), background);
    return {static_cast<int>(width), static_cast<int>(height), std::move(canvas)};
  }

 private:
  void check(int status) const {
    if (status != GIF_OK) fail(source_, gif_->Error);
  }

  // Reads up to the first frame and its header.
  void find_frame() {
    for (;;) {
      GifRecordType record = UNDEFINED_RECORD_TYPE;
      check(DGifGetRecordType(gif_.get(), &record));
      if (record == TERMINATE_RECORD_TYPE) refuse(Format::gif, "it has no image");
      if (record == IMAGE_DESC_RECORD_TYPE) break;
      read_extension();
    }
    check(DGifGetImageDesc(gif_.get()));
  }

  void read_extension() {
    int code = 0;
    GifByteType* block = nullptr;  // its size, then its bytes
    check(DGifGetExtension(gif_.get(), &code, &block));
    while (block != nullptr) {
      GraphicsControlBlock control{};
      if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
        transparent_.reset();
        if (control.TransparentColor != NO_TRANSPARENT_COLOR) transparent_ = control.TransparentColor;
      }
      check(DGifGetExtensionNext(gif_.get(), &block));
    }
  }

  // A file without a palette is grey, as in Pillow.
  void read_palette() {
    const ColorMapObject* const map =
        gif_->Image.ColorMap != nullptr ? gif_->Image.ColorMap : gif_->SColorMap;
    colours_ = map == nullptr ? 256 : static_cast<std::size_t>(map->ColorCount);
    for (std::size_t i = 0; i < std::min(colours_, palette_.size()); ++i) {
      const auto grey = static_cast<std::uint8_t>(i);
      palette_[i] = map == nullptr ? Rgb{grey, grey, grey}
                                   : Rgb{map->Colors[i].Red, map->Colors[i].Green, map->Colors[i].Blue};
    }
  }

  void put(std::uint8_t* to, std::size_t index, std::size_t channels) const {
    std::copy_n(palette_[index].begin(), 3, to);
    if (channels == 4) to[3] = transparent_ == static_cast<int>(index) ? 0 : 255;
  }

  // Returns the rows of the frame in the order in which they are stored.
  static std::vector<int> rows(const GifImageDesc& frame) {
    struct Pass {
      int first, step;
    };
    static constexpr Pass kInterlaced[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    static constexpr Pass kPlain[] = {{0, 1}};
    std::vector<int> order;
    for (const Pass& pass : frame.Interlace ? std::span<const Pass>(kInterlaced) : kPlain)
      for (int row = pass.first; row < frame.Height; row += pass.step) order.push_back(row);
    return order;
  }

  Bytes file_;
  Source source_;
  std::unique_ptr<GifFileType, Close> gif_;
  std::optional<int> transparent_;  // index of the transparent colour
  std::size_t colours_ = 0;         // of the palette
  std::array<Rgb, 256> palette_{};
};

Image decode_gif(Bytes file, std::optional<Rgb> background) {
  return GifReader(file).first_frame(background);
}

}  // namespace
}  // namespace alexnet::image

extern "C" ALEXNET_MODULE const alexnet::image::GifModule alexnet_gif{alexnet::image::decode_gif,
                                                                      &alexnet::image::unwritten_byte};
