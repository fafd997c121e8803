#pragma once
#include "alexnet/image.hpp"
