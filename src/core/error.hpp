#pragma once
#include "alexnet/error.hpp"
