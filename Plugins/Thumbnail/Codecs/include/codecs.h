// Whole images in memory, through libjpeg and libpng. Pixels are RGBA, 8 bits each, rows from the
// top without gaps.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { CODECS_JPEG = 1, CODECS_PNG = 2 };

typedef struct codecs_image {
    uint8_t *pixels;  // free with codecs_free
    uint32_t width;
    uint32_t height;
    uint32_t original_width;
    uint32_t original_height;
} codecs_image;

/// CODECS_JPEG, CODECS_PNG, or 0 for anything else.
int codecs_kind(const uint8_t *data, size_t count);

/// Decodes an image: 0, or -1 with a sentence in `problem`. A JPEG is decoded at a lower resolution
/// where that still leaves both sides at `wanted` or more.
int codecs_decode(const uint8_t *data, size_t count, uint32_t wanted, codecs_image *image,
                  char problem[200]);

/// Encodes pixels: 0 and bytes to free with codecs_free, or -1 with a sentence in `problem`.
int codecs_encode(int kind, const uint8_t *pixels, uint32_t width, uint32_t height, int quality,
                  uint8_t **data, size_t *count, char problem[200]);

void codecs_free(void *memory);
