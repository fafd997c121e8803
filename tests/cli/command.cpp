#include "command.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace alexnet::cli {
namespace {

constexpr int kCannotStart = 125;  // 127 belongs to the dynamic loader

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() { require(pipe2(ends.data(), O_CLOEXEC) == 0, "pipe"); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(std::size_t i) {
    if (ends[i] >= 0) close(ends[i]);
    ends[i] = -1;
  }
};

// Ignores SIGPIPE: a command that exits early closes the pipe that we write to.
class IgnoreBrokenPipes {
 public:
  IgnoreBrokenPipes() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  IgnoreBrokenPipes(const IgnoreBrokenPipes&) = delete;
  IgnoreBrokenPipes& operator=(const IgnoreBrokenPipes&) = delete;
  ~IgnoreBrokenPipes() { std::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int);
};

// Runs between fork and execve: system calls only.
[[noreturn]] void become(const Call& call, const Pipe& in, int out, const Pipe& err, char* const* argv,
                         char* const* envp) {
  for (const int s : {SIGPIPE, SIGINT, SIGTERM, SIGXFSZ}) std::signal(s, SIG_DFL);
  dup2(in.ends[0], STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err.ends[1], STDERR_FILENO);
  bool good = call.folder.empty() || chdir(call.folder.c_str()) == 0;
  const auto limit = [](auto resource, std::uint64_t bytes) {
    const rlimit both{bytes, bytes};
    return bytes == 0 || setrlimit(resource, &both) == 0;
  };
  good = good && limit(RLIMIT_AS, call.memory_bytes) && limit(RLIMIT_FSIZE, call.file_bytes);
  if (call.unprivileged && geteuid() == 0) {
    constexpr uid_t kNobody = 65534;
    good = good && setgroups(0, nullptr) == 0 && setgid(kNobody) == 0 && setuid(kNobody) == 0;
  }
  if (good) execve(argv[0], argv, envp);
  _exit(kCannotStart);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

// Exchanges data with a running command until it has closed both of its outputs.
class PipeExchange {
 public:
  PipeExchange(const Call& call, pid_t child, Pipe& in, Pipe& out, Pipe& err)
      : call_(call), child_(child), in_(in), out_(out), err_(err) {}

  void run(Result& result) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(call_.minutes);
    while (out_.ends[0] >= 0 || err_.ends[0] >= 0) {
      std::array<pollfd, 3> waits{
          {{in_.ends[1], POLLOUT, 0}, {out_.ends[0], POLLIN, 0}, {err_.ends[0], POLLIN, 0}}};
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      if (left.count() <= 0) throw std::runtime_error("the command has not ended in time");
      const bool watches = !call_.signal_file.empty() && !signalled_;
      const auto wait = watches ? std::min(left, std::chrono::milliseconds(10)) : left;
      require(poll(waits.data(), waits.size(), static_cast<int>(wait.count())) >= 0 || errno == EINTR,
              "poll");
      if (watches) check_signal_file();
      if (waits[0].revents != 0) send_input();
      if (waits[1].revents != 0 && receive(out_, result.out)) note_output();
      if (waits[2].revents != 0) receive(err_, result.err);
    }
  }

 private:
  void send_input() {
    const ssize_t wrote = write(in_.ends[1], call_.input.data() + fed_, call_.input.size() - fed_);
    if (wrote > 0) fed_ += static_cast<std::size_t>(wrote);
    const bool refused = wrote < 0 && errno != EAGAIN && errno != EINTR;
    if (refused || fed_ == call_.input.size()) in_.close_end(1);
  }

  static bool receive(Pipe& from, std::string& to) {
    std::array<char, 65536> buffer{};
    const ssize_t got = read(from.ends[0], buffer.data(), buffer.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) {
      from.close_end(0);
      return false;
    }
    to.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }

  void note_output() {
    if (call_.close_after_output) out_.close_end(0);
    if (call_.signal_file.empty()) signal();
  }

  void check_signal_file() {
    std::error_code ignored;
    const auto size = std::filesystem::file_size(call_.signal_file, ignored);
    if (!ignored && size > call_.signal_bytes) signal();
  }

  void signal() {
    if (call_.signal_after_output != 0 && !signalled_) kill(child_, call_.signal_after_output);
    signalled_ = true;
  }

  const Call& call_;
  pid_t child_;
  Pipe& in_;
  Pipe& out_;
  Pipe& err_;
  std::size_t fed_ = 0;
  bool signalled_ = false;
};

}  // namespace

Result run(const Call& call) {
  std::vector<std::string> args{ALEXNET_COMMAND};
  args.insert(args.end(), call.args.begin(), call.args.end());
  std::map<std::string, std::string> env{{"LC_ALL", "C.UTF-8"}};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH", "GCOV_PREFIX"})
    if (const char* value = std::getenv(name)) env[name] = value;
  for (const auto& [name, value] : call.env) env[name] = value;
  std::vector<std::string> settings;
  for (const auto& [name, value] : env) settings.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers(args);
  const std::vector<char*> envp = pointers(settings);

  const IgnoreBrokenPipes ignore;
  Pipe in;
  Pipe out;
  Pipe err;
  int out_file = -1;
  if (!call.out_file.empty())
    require((out_file = open(call.out_file.c_str(), O_WRONLY | O_CLOEXEC)) >= 0, "open");
  const pid_t child = fork();
  if (child == 0) become(call, in, out_file >= 0 ? out_file : out.ends[1], err, argv.data(), envp.data());
  if (out_file >= 0) close(out_file);
  require(child > 0, "fork");
  in.close_end(0);
  out.close_end(1);
  err.close_end(1);
  for (const int fd : {in.ends[1], out.ends[0], err.ends[0]}) fcntl(fd, F_SETFL, O_NONBLOCK);

  Result result;
  int status = 0;
  try {
    PipeExchange(call, child, in, out, err).run(result);
  } catch (...) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    throw;
  }
  while (waitpid(child, &status, 0) < 0) require(errno == EINTR, "waitpid");
  result.status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  if (result.status == kCannotStart) throw std::runtime_error("cannot start " + args[0]);
  return result;
}

Result run(const std::vector<std::string>& args, const std::string& input,
           const std::map<std::string, std::string>& env) {
  return run(Call{.args = args, .input = input, .env = env});
}

bool can_test_rights() {
  try {
    if (run(Call{.args = {"inspect", "tiny-alexnet"}, .unprivileged = true}).status == 0) return true;
  } catch (const std::runtime_error&) {  // other users cannot access the command's folder
  }
  alexnet::test::skip("the command cannot be run without root's rights here");
  return false;
}

}  // namespace alexnet::cli
