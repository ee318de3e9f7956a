#include "airport_data.h"

// `fetch-data.sh` leaves the full data in the package's build folder. Whoever builds without having
// run it gets the sample.
#if __has_embed("../../../.build/data/airports.tsv")
#define FULL 1
#endif

static const unsigned char text[] = {
#ifdef FULL
#embed "../../../.build/data/airports.tsv"
#else
#embed "sample.tsv"
#endif
};

const unsigned char *airport_data(size_t *count) {
    *count = sizeof text;
    return text;
}

int airport_data_is_sample(void) {
#ifdef FULL
    return 0;
#else
    return 1;
#endif
}
