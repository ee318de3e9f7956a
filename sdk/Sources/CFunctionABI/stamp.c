#include "roost.h"

#ifndef ROOST_SWIFT_VERSION
#define ROOST_SWIFT_VERSION ""
#endif

// Lands in every image that links the SDK, with the version of Swift that built it.
ROOST_STAMP(ROOST_SWIFT_VERSION);
