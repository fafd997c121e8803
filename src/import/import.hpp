#pragma once
#include "alexnet/model.hpp"
