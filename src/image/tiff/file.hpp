// A TIFF file in memory, opened by libtiff.
#pragma once

#include <tiffio.h>

#include "image/bytes.hpp"

namespace alexnet::image::tiff {

class File {
 public:
  // Keeps a view of `file`, which must outlive it. Throws ImageError (stage "decode") if libtiff cannot read
  // the first directory.
  explicit File(Bytes file);
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  TIFF* handle() const { return handle_; }

  // Returns the value of a tag, or libtiff's default if the file has none.
  template <class Value>
  Value field(std::uint32_t tag) const {
    Value value{};
    TIFFGetFieldDefaulted(handle_, tag, &value);
    return value;
  }

  // Throws ImageError if libtiff has reported an error that may concern the pixels, or a warning that pixels
  // were lost.
  void check() const;
  // Throws ImageError with libtiff's report, or with the fallback if there is none. The first report about
  // the pixels goes before the others.
  [[noreturn]] void fail(const char* fallback) const;

 private:
  // Passed to libtiff's callbacks by address.
  struct State {
    Bytes file;
    std::uint64_t at = 0;
    bool opened = false;
    bool counts = false;  // the report is about lost pixels
    char report[256] = "";
  };
  static tmsize_t read(thandle_t client, void* to, tmsize_t size);
  static toff_t seek(thandle_t client, toff_t offset, int whence);
  static void keep(State& state, std::string_view text, bool counts);
  static int on_error(TIFF*, void* user, const char* module, const char* format, va_list arguments);
  static int on_warning(TIFF*, void* user, const char* module, const char* format, va_list arguments);

  State state_;
  TIFF* handle_;
};

}  // namespace alexnet::image::tiff
