// Where alexnet fetch is tested: a home, a server with the file of one model, and a catalogue that has it as "tiny".
#pragma once

#include <string>
#include <vector>

#include "command.hpp"
#include "file_server.hpp"

namespace alexnet::cli {

// What a shell command prints.
std::string shell(const std::string& command);
// What sha1sum or sha256sum says.
std::string sum(const char* program, const std::string& file);

class Shop {
 public:
  static constexpr std::size_t kBytes = 300000;  // of the file's header, and so about of the file
  static constexpr const char* kFile = "published.safetensors";

  Shop();

  std::string path(const std::string& name) const { return folder_.path(name); }
  std::string copy() const { return path(std::string("served/") + kFile); }
  std::string models() const { return path("home/.local/share/alexnet/models"); }
  std::string place() const { return models() + "/tiny.safetensors"; }
  std::string whole() const { return models() + "/.downloads/tiny/" + kFile; }
  std::string part() const { return whole() + ".part"; }
  std::string url(const std::string& mode) const { return server_.url(mode, kFile); }
  std::vector<std::string> requests() const { return server_.requests(); }
  void write(const std::string& name, std::string_view bytes) const { folder_.write(name, bytes); }

  // An entry of the catalogue, and a catalogue that has this one.
  nlohmann::json entry(const std::vector<std::string>& urls) const;
  void offer(const nlohmann::json& entry) const;
  void serve(const std::string& mode) const { offer(entry({url(mode)})); }

  Call call(std::vector<std::string> args) const;
  Result fetch(std::vector<std::string> args = {"tiny"}) const { return run(call(std::move(args))); }

  // The model is in its place, answers by name, and nothing else is left.
  void check_fetched(const Result& result) const;
  // Nothing is at the model's place, and standard error holds the reason.
  void check_failed(const Result& result, int status, const std::string& reason) const;

 private:
  void publish() const;

  TemporaryFolder folder_;
  FileServer server_;
};

}  // namespace alexnet::cli
