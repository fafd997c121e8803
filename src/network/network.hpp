#pragma once
#include "alexnet/network.hpp"
