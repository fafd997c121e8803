#include "time/time_report.hpp"

namespace alexnet::app {

double EngineTimes::sum_ms() const {
  double sum = 0.0;
  for (const LayerTime& l : layers) sum += l.ms.median;
  return sum;
}

double EngineTimes::limit_ms() const {
  double sum = 0.0;
  for (const LayerTime& l : layers) sum += l.limit_ms;
  return sum;
}

}  // namespace alexnet::app
