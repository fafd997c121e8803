#include "command_line/failure.hpp"

#include <filesystem>
#include <new>
#include <system_error>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "fetch/catalogue.hpp"
#include "run/exit_status.hpp"

namespace alexnet::app {
namespace {

template <class Error>
const Error* as(const std::exception& error) {
  return dynamic_cast<const Error*>(&error);
}

// Returns the command that downloads the model of the folder in "FOLDER/network.json: weights: ...".
std::string fetch_advice(const std::string& message) {
  const std::filesystem::path file = message.substr(0, message.find(": "));
  const std::string name = file.parent_path().filename().string();
  try {
    for (const CatalogueEntry& entry : read_catalogues())
      if (entry.name == name) return in_quotes("alexnet fetch " + name) + " downloads it";
  } catch (const ModelError&) {  // a broken catalogue is not what this message is about
  }
  return "'alexnet fetch' downloads published models";
}

// Returns what to do about the error, or "".
std::string advice_for(const std::exception& error) {
  if (const auto* const missing = as<MissingWeights>(error)) {
    const std::string_view message = missing->what();
    const bool caffe = message.find(".prototxt: ") != std::string_view::npos;
    return (caffe ? "name the .caffemodel with -m and this file with --network"
                  : fetch_advice(std::string(message))) +
           "; without weights use inspect, or time, explain and filters with --random-weights";
  }
  const auto* const unknown = as<UnknownModel>(error);
  if (unknown == nullptr || unknown->published().empty()) return "";
  return in_quotes("alexnet fetch " + unknown->published()) + " downloads it";
}

std::string joined(const std::string& message, const std::string& advice) {
  return advice.empty() ? message : message + (message.ends_with("?") ? " " : "; ") + advice;
}

}  // namespace

Failure failure_of(const std::exception& error) {
  const std::string message = error.what();
  if (as<OutputError>(error) != nullptr) return {message, kOutputFailed};
  if (as<ModelError>(error) != nullptr) return {joined(message, advice_for(error)), kUsageError};
  if (as<UsageError>(error) != nullptr) return {message, kUsageError};
  if (as<ImageError>(error) != nullptr) return {message, kImagesFailed};
  if (as<std::bad_alloc>(error) != nullptr) return {"not enough memory", kUsageError};
  // The system has no more threads, descriptors or memory for a system call. oneTBB reports threads by this
  // text.
  const auto* const system = as<std::system_error>(error);
  if (message.starts_with("pthread_create has failed") ||
      (system != nullptr &&
       (system->code() == std::errc::resource_unavailable_try_again ||
        system->code() == std::errc::not_enough_memory || system->code() == std::errc::too_many_files_open)))
    return {"not enough memory or threads: " + message, kUsageError};
  return {"internal error: " + message, kInternalError};
}

}  // namespace alexnet::app
