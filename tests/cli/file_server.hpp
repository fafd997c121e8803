// file_server.py: a server on 127.0.0.1 with correct and faulty modes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace alexnet::cli {

class FileServer {
 public:
  explicit FileServer(std::string folder);
  FileServer(const FileServer&) = delete;
  FileServer& operator=(const FileServer&) = delete;
  ~FileServer();

  std::string url(const std::string& mode, const std::string& file) const;
  // Returns the requests received, as "/MODE/FILE RANGE".
  std::vector<std::string> requests() const;

 private:
  std::string folder_;
  int input_ = -1;  // the server exits when it is closed
  pid_t child_ = -1;
  std::string port_;
};

}  // namespace alexnet::cli
