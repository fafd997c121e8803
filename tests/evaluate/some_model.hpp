// A model that has classes but no network.
#pragma once

#include "network/model.hpp"

inline alexnet::Model model_of_classes(const std::vector<alexnet::Label>& labels, std::size_t classes) {
  alexnet::Model model;
  model.description.name = "some-model";
  alexnet::Layer last;
  last.out = {static_cast<int>(classes), 1, 1};
  model.description.layers.push_back(last);
  model.labels = labels;
  return model;
}

inline alexnet::Model some_model() {
  return model_of_classes({{"n00000010", "tabby, tabby cat"},
                           {"n00000011", "crane"},
                           {"n00000012", "Crane"},
                           {"n00000013", "maillot"},
                           {"n00000014", "maillot, tank suit"},
                           {"n00000015", "7"}},
                          6);
}
