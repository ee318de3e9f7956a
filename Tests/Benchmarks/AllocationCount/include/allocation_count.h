#pragma once

/// How often this thread has asked for memory: malloc, calloc, realloc and their aligned kin.
unsigned long long allocation_count(void);
