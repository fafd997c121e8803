#include "odd_images.hpp"

#include "byte_edits.hpp"

namespace alexnet::image {

using namespace std::string_literals;

// The same edits as in the decoders' tests.
std::vector<OddImage> bad_images() {
  const FileBytes jpeg = fixture("orientation1.jpg");
  const FileBytes png = fixture("upright.png");
  const FileBytes bmp = fixture("rgb24.bmp");
  const std::size_t frame = position(jpeg, "\xff\xc0");
  const std::size_t data = position(png, "IDAT");
  const std::size_t size = std::size_t{png[data - 2]} << 8 | png[data - 1];
  const auto at = [&](std::size_t i) { return png.begin() + static_cast<std::ptrdiff_t>(i); };
  FileBytes bad_crc = png;
  bad_crc[data + 4 + size] ^= 1;
  FileBytes bad_adler = png;
  bad_adler[data + 3 + size] ^= 1;
  bad_adler = patched(bad_adler, data + 4 + size,
                      crc_of({bad_adler.begin() + static_cast<std::ptrdiff_t>(data),
                              bad_adler.begin() + static_cast<std::ptrdiff_t>(data + 4 + size)}));
  const FileBytes no_data = joined({png.begin(), at(data - 4)}, {at(data + 8 + size), png.end()});
  const FileBytes huge_claim =
      joined(joined({png.begin(), at(33)}, joined({0x7f, 0xff, 0xff, 0xff}, from_text("zTXtabc"))),
             {at(33), png.end()});
  return {
      {"01_empty.jpg", {}, "the file is empty"},
      {"02_signature.jpg", from_text("\xff\xd8\xff"), "JPEG: "},
      {"02_signature.png", from_text("\x89PNG\r\n\x1a\n"), "PNG: "},
      {"03_text.jpg", from_text("this is not a picture"), "not an image: it is text"},
      {"05_truncated.jpg", cut(jpeg, jpeg.size() / 2), "JPEG: Premature end of JPEG file"},
      {"06_no_end.jpg", cut(fixture("progressive.jpg"), 1000), "JPEG: Premature end of JPEG file"},
      {"08_header.bmp", patched(bmp, 28, {5}), "BMP: 5 bits per pixel"},
      {"08_header.ppm", from_text("P6 3 x 255\n"), "PNM: the height is not a number"},
      {"09_scans.jpg", fixture("101_scans.jpg"), "JPEG: more than 100 scans"},
      {"10_bomb.gif", from_text("GIF89a\xff\xff\xff\xff\x80\0\0"s), "GIF: truncated"},
      {"11_side.png", patched(png, 16, big_endian(65536)), "a side may have 65535 pixels at most"},
      {"12_zero.png", patched(png, 16, big_endian(0)), "PNG: its size is 0 x 32"},
      {"12_zero.jpg", patched(jpeg, frame + 5, {0, 0}), "JPEG: Empty JPEG image"},
      {"13_negative.bmp", patched(bmp, 18, little_endian(0xffffffe0)), "BMP: its width is negative"},
      {"13_huge.bmp", patched(bmp, 22, little_endian(0x7fffffff)), "BMP: its size is 48 x 2147483647"},
      {"15_12bit.jpg", fixture("12bit.jpg"), "JPEG: 12 bits per sample are not supported"},
      {"15_16bit.jpg", fixture("16bit_lossless.jpg"), "JPEG: Unsupported JPEG process"},
      {"21_crc.png", bad_crc, "PNG: IDAT: CRC error"},
      {"21_adler.png", bad_adler, "PNG: IDAT: incorrect data check"},
      {"22_no_data.png", no_data, "PNG: "},
      {"23_huge_claim.png", huge_claim, "PNG: "},
      {"24_no_pixels.gif", cut(fixture("animated.gif"), 60), "GIF: truncated"},
      {"24_animated.webp", fixture("animated.webp"), "WebP: animated images are not supported"},
      {"25_runs.bmp", patched(fixture("rle8.bmp"), 62, {0, 0xff}),
       "BMP: it has pixels past the end of a row"},
      {"25_palette.png", fixture("palette_index_out_of_range.png"), "colour that the palette does not have"},
      {"26_nitf.ntf", from_text("NITF02.10"), "NITF images are not supported"},
      {"26_dicom.dcm", from_text(std::string(128, '\0') + "DICM"), "DICOM images are not supported"},
      {"26_exr.exr", from_text("\x76\x2f\x31\x01\x02\0\0\0"s), "OpenEXR images are not supported"},
      {"26_heic.heic", from_text("\0\0\0\x18"s + "ftypheic"), "HEIC: truncated or corrupt"},
      {"26_avif.avif", from_text("\0\0\0\x1c"s + "ftypavif"), "AVIF: truncated or corrupt"},
      {"26_jxl.jxl", from_text("\xff\x0a"), "JPEG XL images are not supported"},
  };
}

std::vector<OddImage> good_images() {
  const FileBytes jpeg = fixture("orientation1.jpg");
  const FileBytes png = fixture("1x1.png");
  FileBytes huge_chunk = png;
  const FileBytes extra = chunk("tEXt", FileBytes(1 << 20, 'x'));
  huge_chunk.insert(huge_chunk.begin() + 33, extra.begin(), extra.end());
  std::vector<OddImage> cases{
      {"04_png.jpg", fixture("upright.png"), ""},
      {"07_more.jpg", joined(fixture("orientation1.jpg"), from_text("and more")), ""},
      {"07_more.png", joined(png, from_text("and more")), ""},
      {"06_trailer.jpg", joined(cut(jpeg, jpeg.size() - 2), from_text("a trailer")), ""},
      {"13_top_down.bmp", fixture("bmp-top-down.bmp"), ""},
      {"13_masks.bmp", fixture("bmp-xbgr-rgb.bmp"), ""},
      {"25_row_overflow.bmp", fixture("bmp-rle8-row-overflow.bmp"), ""},
      {"28_bytes.webp", fixture("webp-one-colour-28-bytes.webp"), ""},
      {"23_huge_chunk.png", huge_chunk, ""},
  };
  for (const char* name : {"100_scans.jpg",    "cmyk.jpg",
                           "rgb16.png",        "grey16.png",
                           "rgba.png",         "la.png",
                           "rgb_trns.png",     "palette_trns.png",
                           "grey1.png",        "mono.pbm",
                           "mono1.bmp",        "orientation0.jpg",
                           "orientation9.jpg", "orientation_broken.jpg",
                           "1x1.png",          "alpha.webp",
                           "multipage.tif",    "animated.gif",
                           "upright.heic",     "upright.avif"})
    cases.push_back({name, fixture(name), ""});
  return cases;
}

}  // namespace alexnet::image
