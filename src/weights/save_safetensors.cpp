#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>

#include "core/error.hpp"
#include "core/excerpt.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

// The length and the header, padded with spaces so that the data begins on a 64-byte boundary: a cache line,
// and the widest vector register. Throws rather than write what would not open again.
std::string make_header(const std::vector<NamedTensor>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  // The text is put together by hand to keep the order of the tensors; the library quotes and checks the
  // strings.
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  std::string header = "{";
  if (!metadata.empty()) header += "\"__metadata__\":" + nlohmann::json(metadata).dump() + ",";
  std::set<std::string_view> names{"__metadata__"};
  std::uint64_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    const std::string name = excerpt(tensor.name);
    if (!names.insert(tensor.name).second) throw ModelError(name, "", "the name is taken");
    const std::int64_t count = check_dims(tensor.dims, name, "");
    if (tensor.data.size() != static_cast<std::uint64_t>(count)) {
      throw ModelError(name, "",
                       to_string(tensor.dims) + " takes " + std::to_string(count) + " numbers, not " +
                           std::to_string(tensor.data.size()));
    }
    const std::uint64_t end = offset + tensor.data.size_bytes();
    header += quoted(tensor.name) + R"(:{"dtype":"F32","shape":)" + nlohmann::json(tensor.dims).dump() +
              R"(,"data_offsets":[)" + std::to_string(offset) + "," + std::to_string(end) + "]},";
    offset = end;
  }
  if (header.back() == ',') header.pop_back();
  header += '}';

  constexpr std::size_t kAlignment = 64;
  std::string length(sizeof(std::uint64_t), '\0');
  header.resize((length.size() + header.size() + kAlignment - 1) / kAlignment * kAlignment - length.size(),
                ' ');
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return length + header;
}

// A file that is written under another name first, so that neither a failure nor a reader that has the old
// file mapped ever sees half of the new one. What is not a regular file, /dev/full say, is written in place.
class NewFile {
 public:
  explicit NewFile(const fs::path& file) : file_(file), part_(file) {
    std::error_code ignored;
    const fs::file_status status = fs::status(file, ignored);
    renames_ = !fs::exists(status) || fs::is_regular_file(status);
    if (renames_) part_ += ".part";
    fd_ = open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
    if (fd_ < 0) fail("cannot be opened for writing");
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (fd_ < 0) return;
    close(fd_);
    if (renames_) unlink(part_.c_str());
  }

  void write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = write(fd_, bytes.data(), bytes.size());
      if (written >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EINTR) {
        fail("cannot be written");
      }
    }
  }

  void finish() {
    if (renames_ && rename(part_.c_str(), file_.c_str()) != 0) fail("cannot be replaced");
    if (close(std::exchange(fd_, -1)) != 0) fail("cannot be written");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    const int error = errno;
    throw OutputError(file_.string(), what + ": " + std::generic_category().message(error));
  }

  fs::path file_;
  fs::path part_;
  bool renames_ = false;
  int fd_ = -1;
};

}  // namespace

void save_safetensors(const fs::path& file, const std::vector<NamedTensor>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::string header;
  try {
    header = make_header(tensors, metadata);
  } catch (const ModelError& error) {
    throw OutputError(file.string(), error.what());
  } catch (const nlohmann::json::exception&) {
    throw OutputError(file.string(), "a name or the metadata is not valid UTF-8");
  }
  NewFile out(file);
  out.write_all(header);
  for (const NamedTensor& tensor : tensors) {
    out.write_all({reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size_bytes()});
  }
  out.finish();
}

}  // namespace alexnet
