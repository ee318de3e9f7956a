// The airports, one a line, their fields separated by tabs:
// ICAO code, IATA code, name, city, country, latitude, longitude, elevation in feet.
#pragma once

#include <stddef.h>

/// The text; not terminated.
const unsigned char *airport_data(size_t *count);

/// Whether this is only the sample, because the data had not been fetched when it was built.
int airport_data_is_sample(void);
