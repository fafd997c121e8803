#include "file_server.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <stdexcept>

#include "command.hpp"

namespace alexnet::cli {

FileServer::FileServer(std::string folder) : folder_(std::move(folder)) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  std::string python = ALEXNET_PYTHON;
  std::string script = ALEXNET_SOURCE_DIR "/tests/cli/file_server.py";
  std::array<char*, 4> argv{python.data(), script.data(), folder_.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  const int failed = posix_spawn(&child_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  input_ = in[1];
  for (char c = 0; failed == 0 && read(out[0], &c, 1) == 1 && c != '\n';) port_ += c;
  close(out[0]);
  if (port_.empty()) throw std::runtime_error("the server does not start");
}

FileServer::~FileServer() {
  close(input_);
  waitpid(child_, nullptr, 0);
}

std::string FileServer::url(const std::string& mode, const std::string& file) const {
  return "http://127.0.0.1:" + port_ + "/" + mode + "/" + file;
}

std::vector<std::string> FileServer::requests() const {
  const std::string file = folder_ + "/requests";
  return std::filesystem::exists(file) ? lines(read_file(file)) : std::vector<std::string>{};
}

}  // namespace alexnet::cli
