#include "written_jpeg.hpp"

#include <cstdio>
#include <cstdlib>

// jpeglib.h needs size_t and FILE before it.
#include <jpeglib.h>

namespace alexnet::image {

FileBytes written_jpeg(const Image& image, JpegKind kind) {
  jpeg_error_mgr errors{};
  jpeg_compress_struct info{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  const jpeg_scan_info scans[] = {{1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
  if (kind == JpegKind::scan_for_each_component) {
    info.scan_info = scans;
    info.num_scans = 3;
  }
  if (kind == JpegKind::arithmetic) info.arith_code = TRUE;
  if (kind == JpegKind::restart_each_row) info.restart_in_rows = 1;
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    const std::size_t step = std::size_t{info.image_width} * 3;
    JSAMPROW row = const_cast<std::uint8_t*>(&image.rgb[info.next_scanline * step]);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  FileBytes file(bytes, bytes + size);
  std::free(bytes);
  return file;
}

}  // namespace alexnet::image
