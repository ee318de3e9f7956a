#include "times.h"

static unsigned bucket(uint64_t value) {
    if (value < STEPS) return (unsigned)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - 6u;
    if (shift >= OCTAVES) return BUCKETS - 1;
    return shift * STEPS + (unsigned)(value >> shift);
}

static uint64_t middle(unsigned bucket) {
    if (bucket < 2 * STEPS) return bucket;
    unsigned shift = bucket / STEPS - 1;
    uint64_t least = (uint64_t)(bucket - shift * STEPS) << shift;
    return least + ((1ull << shift) >> 1);
}

void times_add(struct times *times, uint64_t microseconds) {
    times->counts[bucket(microseconds)]++;
    times->total++;
    if (microseconds > times->greatest) times->greatest = microseconds;
}

uint64_t times_at(const struct times *times, double share) {
    uint64_t wanted = (uint64_t)((double)times->total * share), seen = 0;
    for (unsigned at = 0; at < BUCKETS; at++) {
        seen += times->counts[at];
        if (seen > wanted) return middle(at) < times->greatest ? middle(at) : times->greatest;
    }
    return times->greatest;
}
