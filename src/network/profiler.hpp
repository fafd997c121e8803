#pragma once
#include "alexnet/profile.hpp"
