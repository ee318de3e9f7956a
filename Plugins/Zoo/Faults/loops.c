#define _GNU_SOURCE
#include "bombs.h"

#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <jpeglib.h>
#include <zlib.h>

// The checksum of gigabytes that are one page of zeros.
long zoo_loop_in_zlib(void) {
    size_t size = 0xf0000000;
    void *zeros = mmap(0, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (zeros == MAP_FAILED) return -1;
    long sum = (long)crc32(0, zeros, (uInt)size);
    munmap(zeros, size);
    return sum;
}

// A pattern that can be laid over the text in more ways than anybody can try.
long zoo_loop_in_pattern(void) {
    char text[100];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    return fnmatch("+(a|aa)b", text, FNM_EXTMATCH);
}

enum { WORDS = 5000000, WORD = 16 };

long zoo_loop_in_sort(void) {
    char *words = malloc((size_t)WORDS * WORD);
    if (!words) return -1;
    memset(words, 'a', (size_t)WORDS * WORD);
    uint64_t seed = 1;
    for (char *word = words; word < words + (size_t)WORDS * WORD; word += WORD) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        uint64_t letters = seed | 0x0101010101010101;
        memcpy(word + WORD - 9, &letters, sizeof letters);
        word[WORD - 1] = 0;
    }
    qsort(words, WORDS, WORD, (int (*)(const void *, const void *))strcmp);
    long first = words[0];
    free(words);
    return first;
}

enum { SCANS = 8000, SCAN = 10 };

// A small file that asks for thousands of passes over a large picture.
static size_t write_picture(unsigned char *to) {
    static const unsigned char head[] = {
        0xff, 0xd8,                                                            // start
        0xff, 0xc2, 0, 11, 8, 0x10, 0, 0x20, 0, 1, 1, 0x11, 0,                 // 8192 by 4096, grey
        0xff, 0xc4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // DC codes
        0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // AC codes
    };
    static const unsigned char scan[SCAN] = {0xff, 0xda, 0, 8, 1, 1, 0x00, 1, 63, 0};
    unsigned char *at = to;
    memcpy(at, head, sizeof head);
    at += sizeof head;
    *at++ = 0xff, *at++ = 0xdb, *at++ = 0, *at++ = 67, *at++ = 0;
    memset(at, 1, 64);
    at += 64;
    for (int i = 0; i < SCANS; i++, at += SCAN) {
        memcpy(at, scan, SCAN);
        if (i == 0) at[8] = 0, at[7] = 0;
    }
    *at++ = 0xff, *at++ = 0xd9;
    return (size_t)(at - to);
}

long zoo_loop_in_jpeg(void) {
    unsigned char *file = malloc(256 + SCANS * SCAN);
    if (!file) return -1;
    size_t size = write_picture(file);
    struct jpeg_decompress_struct picture;
    struct jpeg_error_mgr errors;
    picture.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&picture);
    jpeg_mem_src(&picture, file, size);
    jpeg_read_header(&picture, TRUE);
    jpeg_start_decompress(&picture);
    long rows = picture.output_height;
    jpeg_destroy_decompress(&picture);
    free(file);
    return rows;
}
