#include "fetch/http.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>

#include <array>
#include <exception>
#include <memory>
#include <utility>

#include "alexnet/error.hpp"
#include "core/file.hpp"
#include "core/module.hpp"

namespace alexnet {
namespace {

struct State {
  const Transfer& what;
  File part;
  std::uint64_t begin;                  // size of the file before this transfer
  std::uint64_t size = begin;           // with the bytes that were appended
  std::exception_ptr write_error = {};  // thrown after libcurl has returned
  bool too_large = false;
};

std::size_t on_bytes(const char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& state = *static_cast<State*>(user);
  const std::size_t arrived = size * count;
  state.too_large = arrived > state.what.max_bytes - state.size;
  if (state.too_large) return 0;
  try {
    state.part.write_all({bytes, arrived});
  } catch (const OutputError&) {
    state.write_error = std::current_exception();
    return 0;
  }
  state.size += arrived;
  return arrived;
}

int on_progress(void* user, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  const auto& state = *static_cast<const State*>(user);
  if (state.what.interrupted()) return 1;
  if (done > 0)
    state.what.progress(state.begin + static_cast<std::uint64_t>(done),
                        total > 0 ? state.begin + static_cast<std::uint64_t>(total) : 0);
  return 0;
}

Ended::How judge(CURLcode code, const State& state, long status) {
  constexpr long kNoSuchRange = 416;
  constexpr long kTooMany = 429;
  constexpr long kServerFault = 500;
  if (state.too_large) return Ended::How::too_large;
  switch (code) {
    case CURLE_OK:
      return Ended::How::complete;
    case CURLE_ABORTED_BY_CALLBACK:
      return Ended::How::interrupted;
    case CURLE_FILESIZE_EXCEEDED:
      return Ended::How::too_large;
    case CURLE_RANGE_ERROR:
      return Ended::How::no_resume;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return Ended::How::truncated;
    case CURLE_HTTP_RETURNED_ERROR:
      if (status == kNoSuchRange) return Ended::How::complete;  // the file is already complete
      return status >= kServerFault || status == kTooMany ? Ended::How::truncated : Ended::How::failed;
    default:
      return Ended::How::failed;
  }
}

Ended transfer(const Transfer& what) {
  File part = File::open(what.file, O_WRONLY | O_CREAT | O_APPEND);
  const std::uint64_t begin = part.size();
  State state{.what = what, .part = std::move(part), .begin = begin};
  if (state.begin > what.max_bytes) return {Ended::How::too_large, ""};
  const std::unique_ptr<CURL, void (*)(CURL*)> owner(curl_easy_init(), curl_easy_cleanup);
  CURL* const curl = owner.get();
  if (curl == nullptr) throw ModelError(what.url, "", "libcurl cannot be started");
  std::array<char, CURL_ERROR_SIZE> why{};
  constexpr long kMaxRedirections = 10;
  constexpr long kHardlyAByte = 16;  // bytes per second
  const bool safe = what.url.starts_with("https:");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why.data());
  curl_easy_setopt(curl, CURLOPT_URL, what.url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, what.agent.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirections);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, safe ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(what.connect_seconds));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kHardlyAByte);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(what.stall_seconds));
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(state.begin));
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(what.max_bytes));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &state);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &state);

  const CURLcode code = curl_easy_perform(curl);
  if (state.write_error) std::rethrow_exception(state.write_error);
  state.part.close();  // some file systems report a failed write only now
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return {judge(code, state, status), why[0] != '\0' ? why.data() : curl_easy_strerror(code)};
}

std::string digest(const std::string& file, std::span<const std::byte> bytes, const std::string& algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned length = 0;
  const EVP_MD* const kind = EVP_get_digestbyname(algorithm.c_str());
  if (kind == nullptr || EVP_Digest(bytes.data(), bytes.size(), value.data(), &length, kind, nullptr) != 1)
    throw ModelError(file, algorithm, "libcrypto cannot compute this checksum");
  constexpr const char* kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += kDigits[value[i] >> 4];
    hex += kDigits[value[i] & 0xF];
  }
  return hex;
}

}  // namespace
}  // namespace alexnet

extern "C" ALEXNET_MODULE const alexnet::HttpModule alexnet_http{alexnet::transfer, alexnet::digest};
