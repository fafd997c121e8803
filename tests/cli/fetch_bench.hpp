// Test bench for alexnet fetch: a home folder, a server with one model file, and a catalogue that lists it as
// "tiny".
#pragma once

#include <string>
#include <vector>

#include "command.hpp"
#include "file_server.hpp"

namespace alexnet::cli {

// Returns the output of a shell command.
std::string shell(const std::string& command);
// Returns the checksum that sha1sum or sha256sum prints.
std::string sum(const char* program, const std::string& file);

class FetchBench {
 public:
  static constexpr std::size_t kBytes = 300000;  // size of the file's header; the file is about as large
  static constexpr const char* kFile = "published.safetensors";

  FetchBench();

  std::string path(const std::string& name) const { return folder_.path(name); }
  std::string copy() const { return path(std::string("served/") + kFile); }
  std::string models() const { return path("home/.local/share/alexnet/models"); }
  std::string place() const { return models() + "/tiny.safetensors"; }
  std::string whole() const { return models() + "/.downloads/tiny/" + kFile; }
  std::string part() const { return whole() + ".part"; }
  std::string url(const std::string& mode, const std::string& file = kFile) const {
    return server_.url(mode, file);
  }
  std::vector<std::string> requests() const { return server_.requests(); }
  void write(const std::string& name, std::string_view bytes) const { folder_.write(name, bytes); }

  // Returns a catalogue entry for the model; writes a catalogue that holds it.
  nlohmann::json entry(const std::vector<std::string>& urls) const;
  void offer(const nlohmann::json& entry) const;
  void serve(const std::string& mode) const { offer(entry({url(mode)})); }

  Call call(std::vector<std::string> args) const;
  Result fetch(std::vector<std::string> args = {"tiny"}) const { return run(call(std::move(args))); }

  // Checks that the model is installed, works by name, and that no other file is left.
  void check_fetched(const Result& result) const;
  // Checks that no model is installed and that standard error contains the reason.
  void check_failed(const Result& result, int status, const std::string& reason) const;

 private:
  void publish() const;

  TemporaryFolder folder_;
  FileServer server_;
};

}  // namespace alexnet::cli
