#ifndef TIMES_H
#define TIMES_H

#include <stdint.h>

/// Octaves of microseconds, each in 64 equal steps: 1.6 % exact, up to an hour.
enum { STEPS = 64, OCTAVES = 28, BUCKETS = STEPS * (OCTAVES + 1) };

/// How often which time was measured; a sample costs the same however many there were.
struct times {
    uint32_t counts[BUCKETS];
    uint64_t total;
    uint64_t greatest;
};

void times_add(struct times *times, uint64_t microseconds);

/// The time that a share of all stayed below; 0 when there is none.
uint64_t times_at(const struct times *times, double share);

#endif
