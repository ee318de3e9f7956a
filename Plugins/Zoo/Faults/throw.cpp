#include "faults.h"

#include <stdexcept>

extern "C" void zoo_throw(const char *message) { throw std::runtime_error(message); }
