// The causes that time --compare names for a change, and the networks that it compares with Jia's profile.
// The reports are synthetic.
#include "time/time_changes.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "print/layer_times.hpp"
#include "time/time_json.hpp"
#include "time/time_page.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace {

// Statistics of runs that all took the same time.
Stats steady(double ms) { return {ms, ms, ms, ms, ms}; }

LayerTime layer(const std::string& kind, Limit limit, double ms) {
  LayerTime l{kind, kind, {8, 8, 8}, {8, 8, 8}, {}, "", "", steady(ms)};
  l.limit = limit;
  l.limit_ms = ms;
  return l;
}

// A report in which conv is limited by arithmetic and fc by memory; the pass takes their sum.
TimeReport report(double conv_ms, double fc_ms, alexnet::kernels::Peak peak) {
  TimeReport r;
  r.model = "made-up";
  r.runs = 20;
  r.peak = peak;
  EngineTimes e;
  e.engine = "packed";
  e.layers = {layer("conv", Limit::arithmetic, conv_ms), layer("fc", Limit::memory, fc_ms),
              layer("dropout", Limit::none, 0.0)};
  set_shares(e.layers);
  e.plain_ms = e.profiled_ms = steady(conv_ms + fc_ms);
  r.engines.push_back(e);
  return r;
}

TimeReport compared(TimeReport now, const TimeReport& before) {
  now.before.push_back(before);
  return now;
}

std::vector<std::string> causes(const TimeReport& r) {
  const Changes all = changes(r, 0);
  return {cause_text(all.layers[0].cause), cause_text(all.layers[1].cause), cause_text(all.plain.cause)};
}

MachineSpeed speed(Stats gflops, Stats gbytes_per_s) { return {gflops, gbytes_per_s}; }

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a change smaller than that of the machine's peaks is attributed to the machine") {
  const TimeReport before = report(1.0, 1.0, {506, 50});
  // Everything is 8 % slower: the arithmetic is 10 % slower, the memory 4 %.
  const TimeReport r = compared(report(1.08, 1.08, {460, 48}), before);
  CHECK(causes(r) == Strings{"machine", "", "machine"});
  CHECK(machine_changes(r) == Strings{"the machine itself was 10.0 % slower: peak 506 -> 460 GFLOP/s"});
  CHECK(
      verdict(r, 0) ==
      "the plain pass takes 2.16 ms, before 2.00 ms (+8.0 %): the machine itself changed by more than that");
  // Only the memory is slower.
  const TimeReport memory = compared(report(1.08, 1.08, {506, 45}), before);
  CHECK(causes(memory) == Strings{"", "machine", "machine"});
  CHECK(machine_changes(memory) == Strings{"the machine itself was 11.1 % slower: peak 50.0 -> 45.0 GB/s"});
  // A faster machine explains a faster program.
  const TimeReport faster = compared(report(0.95, 0.95, {600, 60}), before);
  CHECK(causes(faster) == Strings{"machine", "machine", "machine"});
  CHECK(machine_changes(faster) == Strings{"the machine itself was 15.7 % faster: peak 506 -> 600 GFLOP/s",
                                           "the machine itself was 16.7 % faster: peak 50.0 -> 60.0 GB/s"});
}

TEST_CASE("a change larger than that of the machine's peaks is more than noise") {
  const TimeReport before = report(1.0, 1.0, {506, 50});
  const TimeReport r = compared(report(1.2, 1.2, {460, 48}), before);
  CHECK(causes(r) == Strings{"", "", ""});
  CHECK(machine_changes(r).empty());
  CHECK(verdict(r, 0) ==
        "the plain pass takes 2.40 ms, before 2.00 ms (+20.0 %): more than the noise of the runs");
  const TimeReport same = compared(report(1.2, 1.0, {506, 50}), before);
  CHECK(causes(same) == Strings{"", "noise", ""});
}

TEST_CASE("a layer far from its limit is compared with both peaks of the machine") {
  const TimeReport before = report(1.0, 1.0, {506, 50});
  for (const auto& [reached, cause] : std::vector<std::pair<double, std::string>>{
           {0.5, "machine"}, {0.79, "machine"}, {0.9, ""}, {1.1, ""}, {1.3, "machine"}}) {
    CAPTURE(reached);
    TimeReport now = report(1.0, 1.08, {460, 50});  // the arithmetic is slower, and fc as well
    now.engines[0].layers[1].limit_ms = 1.08 * reached;
    CHECK(causes(compared(now, before))[1] == cause);
  }
}

TEST_CASE("a change within the spread of the machine's sampled speed is attributed to the machine") {
  TimeReport before = report(1.0, 1.0, {430, 50});
  before.machine = speed({200, 380, 400, 420, 430}, steady(50));
  TimeReport now = report(1.3, 1.3, {430, 50});
  CHECK(causes(compared(now, before)) == Strings{"", "", ""});  // a report without samples
  now.machine = speed({180, 300, 400, 425, 430}, {40, 45, 49, 50, 50});
  const TimeReport r = compared(now, before);
  CHECK(causes(r) == Strings{"machine", "", "machine"});
  CHECK(machine_changes(r) == Strings{"the machine's own speed lay between 300 and 425 GFLOP/s"});
}

TEST_CASE("changes of the machine are reported in text, JSON and page") {
  const TimeReport r = compared(report(1.08, 1.08, {460, 48}), report(1.0, 1.0, {506, 50}));
  const std::string line = "the machine itself was 10.0 % slower: peak 506 -> 460 GFLOP/s";
  const std::string text = changes_text(r, {});
  CHECK(text.find("\n" + line + "\n") != std::string::npos);
  CHECK(text.find("+8.0 %  machine\n") != std::string::npos);
  const auto json = nlohmann::ordered_json::parse(time_json(r))["changes"];
  CHECK(json["machine"] == nlohmann::ordered_json::array({line}));
  const auto& engine = json["engines"][0];
  CHECK(engine["plain"]["noise"] == true);
  CHECK(engine["plain"]["machine"] == true);
  CHECK(engine["layers"][0]["noise"] == true);
  CHECK(engine["layers"][0]["machine"] == true);
  CHECK(engine["layers"][1]["noise"] == false);
  CHECK(engine["layers"][1]["machine"] == false);
  const std::string page = time_page(r);
  CHECK(page.find("<li>the machine itself was 10.0 % slower: peak 506 -&gt; 460 GFLOP/s</li>") !=
        std::string::npos);
  CHECK(page.find(">+8.0 % (machine)</td>") != std::string::npos);
  CHECK(page.find("the machine itself changed by more") != std::string::npos);
}

TEST_CASE("Jia's profile is shown only for 5 convolutions and 3 fully-connected layers") {
  const auto layers_of = [](const std::string& kinds) {
    std::vector<LayerTime> layers;
    for (const char c : kinds)
      layers.push_back(layer(c == 'c' ? "conv" : c == 'f' ? "fc" : "relu", Limit::none, 1.0));
    return layers;
  };
  for (const char* kinds : {"cccccfff", "crcrcccrfrfrf"}) CHECK(is_like_alexnet(layers_of(kinds)));
  for (const char* kinds : {"", "c", "f", "fffccccc", "ccccccfff", "cccccff", "ccccfff", "cccccffff",
                            "ccccfcff", "ccccccccfff", "cccccccccccccccccccccccccc"})
    CHECK(!is_like_alexnet(layers_of(kinds)));
  const std::string profile = " of the time (Jia's profile: 89 % on the CPU)\n";
  CHECK(layers_text(layers_of("cccccfff"), {}).ends_with(profile));
  CHECK(layers_text(layers_of("cf"), {}).ends_with("\nconv + fc: 0.0 % of the time\n"));
  TimeReport r = report(1.0, 1.0, {500, 50});
  CHECK(time_page(r).find("Jia") == std::string::npos);
  r.engines[0].layers = layers_of("cccccfff");
  CHECK(time_page(r).find("<span>Jia's profile: 89 % on the CPU</span>") != std::string::npos);
}
