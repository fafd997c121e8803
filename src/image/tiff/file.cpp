#include "image/tiff/file.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "image/decoders.hpp"

namespace alexnet::image::tiff {
namespace {

// Maximum size of a single allocation by libtiff.
constexpr tmsize_t kMaxAllocation = tmsize_t{1} << 30;

// Tags that change the meaning of the pixels. libtiff ignores malformed ones with a warning.
constexpr std::string_view kTagsOfPixels[] = {"\"FillOrder\"",
                                              "\"PlanarConfiguration\"",
                                              "\"Predictor\"",
                                              "\"ExtraSamples\"",
                                              "\"YCbCrSubsampling\"",
                                              "\"YCbCrCoefficients\"",
                                              "\"ColorMap\"",
                                              "\"ReferenceBlackWhite\"",
                                              "\"Group3Options\"",
                                              "\"Group4Options\"",
                                              "\"JPEGTables\"",
                                              "\"RowsPerStrip\"",
                                              "\"PhotometricInterpretation\"",
                                              "\"SampleFormat\"",
                                              "\"SamplesPerPixel\"",
                                              "\"InkSet\""};

// Decoder warnings that do not concern the pixels. All others mean that pixels were lost: a JPEG smaller than
// its strip, fax lines of another length, run lengths past the end, and libjpeg's own warnings (see
// jpeg.cpp).
constexpr std::string_view kHarmlessWarnings[] = {"Old-style LZW codes",
                                                  "encoded with progressive mode",
                                                  "JPEG strip size exceeds expected dimensions",
                                                  "old-style JPEG compression mode",
                                                  "Subsampling tag",
                                                  "Subsampling inside JPEG data",
                                                  "extraneous bytes before marker",
                                                  "Unknown Adobe color transform code",
                                                  "unknown JFIF revision number",
                                                  "Invalid SOS parameters for sequential JPEG"};

bool contains_one_of(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

tmsize_t File::read(thandle_t client, void* to, tmsize_t size) {
  State& state = *static_cast<State*>(client);
  const Bytes bytes = part(state.file, state.at, static_cast<std::size_t>(std::max<tmsize_t>(size, 0)));
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  state.at += bytes.size();
  return static_cast<tmsize_t>(bytes.size());
}

toff_t File::seek(thandle_t client, toff_t offset, int whence) {
  State& state = *static_cast<State*>(client);
  const std::uint64_t base = whence == SEEK_CUR ? state.at : whence == SEEK_END ? state.file.size() : 0;
  state.at = base + offset;
  return state.at;
}

void File::keep(State& state, std::string_view text, bool counts) {
  if (state.counts || (state.report[0] != '\0' && !counts)) return;
  state.counts = counts;
  state.report[text.copy(state.report, sizeof state.report - 1)] = '\0';
}

// The handlers return 1 so that libtiff prints nothing.
int File::on_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  State& state = *static_cast<State*>(user);
  char text[sizeof state.report];
  std::vsnprintf(text, sizeof text, format, arguments);
  // libtiff opens a file even if a tag that it does not need, such as the orientation, is malformed. An entry
  // of an undefined type counts as an error: it may be a damaged tag of the pixels.
  const bool undefined = std::strstr(text, "custom tag") != nullptr;
  keep(state, text, state.opened || undefined || contains_one_of(text, kTagsOfPixels));
  return 1;
}

int File::on_warning(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  State& state = *static_cast<State*>(user);
  char text[sizeof state.report];
  std::vsnprintf(text, sizeof text, format, arguments);
  const bool lost = state.opened
                        ? !contains_one_of(text, kHarmlessWarnings)
                        : std::strstr(text, "ignored") != nullptr && contains_one_of(text, kTagsOfPixels);
  if (lost) keep(state, text, true);
  return 1;
}

File::File(Bytes file) : state_{.file = file} {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxAllocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &state_);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, &state_);
  const auto write = [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; };
  const auto close = [](thandle_t) { return 0; };
  const auto size = [](thandle_t client) -> toff_t { return static_cast<State*>(client)->file.size(); };
  // "c": do not split strips into smaller ones.
  handle_ = TIFFClientOpenExt("tiff", "rmc", &state_, read, write, seek, close, size, nullptr, nullptr,
                              options.get());
  if (handle_ == nullptr) fail("it has no directory");
  if (!state_.counts) state_.report[0] = '\0';
  state_.opened = true;
}

File::~File() { TIFFClose(handle_); }

void File::check() const {
  if (state_.counts) fail("");
}

void File::fail(const char* fallback) const {
  std::string report = state_.report[0] != '\0' ? state_.report : fallback;
  std::ranges::replace_if(
      report, [](char c) { return c < ' ' || c > '~'; }, ' ');
  // Matches "not supported" and "Unsupported JPEG process": such a file may be intact.
  const bool unsupported = report.find("upport") != std::string::npos;
  refuse(Format::tiff, (unsupported ? "" : "truncated or corrupt: ") + report);
}

}  // namespace alexnet::image::tiff
