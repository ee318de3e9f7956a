// What a cell needs below Swift: threads whose faults end only themselves, images that are each
// loaded once, and the libc entry points that plugins call and the cell has to answer itself.
#pragma once

#include "cell_canary.h"
#include "cell_channel.h"
#include "cell_fairness.h"
#include "cell_hooks.h"
#include "cell_image.h"
#include "cell_memory.h"
#include "cell_sides.h"
#include "cell_thread.h"
