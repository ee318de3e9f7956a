#include "CPlatform.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Of the Swift runtime; stable, and what the runtime's own backtracer uses.
extern char *swift_demangle(const char *mangled, size_t count, char *out, size_t *out_size,
                            uint32_t flags);

int roost_demangle(const char *mangled, char *out, int capacity) {
    if (capacity <= 0) return 0;
    char *text = swift_demangle(mangled, strlen(mangled), NULL, NULL, 0);
    if (!text) return 0;
    size_t count = strlen(text);
    if (count >= (size_t)capacity) count = (size_t)capacity - 1;
    memcpy(out, text, count);
    out[count] = 0;
    free(text);
    return (int)count;
}
