#include "codecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// After stdio.h, which libjpeg's header needs.
#include <jpeglib.h>
#include <png.h>

// More than any camera's; at 4 bytes a pixel still within the function's memory.
#define MAX_PIXELS (48u << 20)
#define PROBLEM 200

typedef struct jpeg_problem {
    struct jpeg_error_mgr manager;  // first: libjpeg hands back a pointer to it
    jmp_buf leave;
    char *sentence;
} jpeg_problem;

static void leave_jpeg(j_common_ptr info) {
    jpeg_problem *problem = (jpeg_problem *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    snprintf(problem->sentence, PROBLEM, "%.190s", text);
    longjmp(problem->leave, 1);
}

static void ignore_warning(j_common_ptr info) { (void)info; }

static struct jpeg_error_mgr *use_problem(jpeg_problem *problem, char *sentence) {
    struct jpeg_error_mgr *manager = jpeg_std_error(&problem->manager);
    manager->error_exit = leave_jpeg;
    manager->output_message = ignore_warning;
    problem->sentence = sentence;
    return manager;
}

static int too_large(uint64_t width, uint64_t height, char *problem) {
    if (width * height <= MAX_PIXELS) return 0;
    snprintf(problem, PROBLEM, "%llux%llu pixels are too many", (unsigned long long)width,
             (unsigned long long)height);
    return 1;
}

int codecs_kind(const uint8_t *data, size_t count) {
    if (count > 3 && memcmp(data, "\xFF\xD8\xFF", 3) == 0) return CODECS_JPEG;
    if (count > 8 && memcmp(data, "\x89PNG\r\n\x1A\n", 8) == 0) return CODECS_PNG;
    return 0;
}

static unsigned jpeg_scale(uint32_t width, uint32_t height, uint32_t wanted) {
    unsigned scale = 8;
    while (scale > 1 && width / scale < wanted) scale /= 2;
    while (scale > 1 && height / scale < wanted) scale /= 2;
    return scale;
}

static int decode_jpeg(const uint8_t *data, size_t count, uint32_t wanted, codecs_image *image,
                       char *problem) {
    struct jpeg_decompress_struct info;
    jpeg_problem errors;
    memset(&info, 0, sizeof info);
    info.err = use_problem(&errors, problem);
    if (setjmp(errors.leave)) {
        jpeg_destroy_decompress(&info);
        free(image->pixels);
        image->pixels = NULL;
        return -1;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, data, count);
    jpeg_read_header(&info, TRUE);
    image->original_width = info.image_width;
    image->original_height = info.image_height;
    info.out_color_space = JCS_EXT_RGBA;
    info.scale_num = 1;
    info.scale_denom = jpeg_scale(info.image_width, info.image_height, wanted);
    jpeg_calc_output_dimensions(&info);
    int failed = too_large(info.output_width, info.output_height, problem);
    if (!failed) {
        jpeg_start_decompress(&info);
        size_t row = (size_t)info.output_width * 4;
        image->width = info.output_width;
        image->height = info.output_height;
        image->pixels = malloc(row * info.output_height);
        while (image->pixels && info.output_scanline < info.output_height) {
            JSAMPROW line = image->pixels + row * info.output_scanline;
            jpeg_read_scanlines(&info, &line, 1);
        }
        if (image->pixels) jpeg_finish_decompress(&info);
    }
    jpeg_destroy_decompress(&info);
    return image->pixels ? 0 : -1;
}

static int decode_png(const uint8_t *data, size_t count, codecs_image *image, char *problem) {
    png_image png = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&png, data, count)) {
        snprintf(problem, PROBLEM, "%.190s", png.message);
        return -1;
    }
    png.format = PNG_FORMAT_RGBA;
    image->width = image->original_width = png.width;
    image->height = image->original_height = png.height;
    if (!too_large(png.width, png.height, problem)) {
        image->pixels = malloc(PNG_IMAGE_SIZE(png));
        if (image->pixels && png_image_finish_read(&png, NULL, image->pixels, 0, NULL)) return 0;
        snprintf(problem, PROBLEM, "%.190s", png.message);
        free(image->pixels);
        image->pixels = NULL;
    }
    png_image_free(&png);
    return -1;
}

int codecs_decode(const uint8_t *data, size_t count, uint32_t wanted, codecs_image *image,
                  char problem[200]) {
    memset(image, 0, sizeof *image);
    snprintf(problem, PROBLEM, "not enough memory");
    switch (codecs_kind(data, count)) {
    case CODECS_JPEG: return decode_jpeg(data, count, wanted, image, problem);
    case CODECS_PNG: return decode_png(data, count, image, problem);
    default: snprintf(problem, PROBLEM, "neither JPEG nor PNG"); return -1;
    }
}

static int encode_jpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int quality,
                       uint8_t **data, size_t *count, char *problem) {
    struct jpeg_compress_struct info;
    jpeg_problem errors;
    unsigned char *volatile bytes = NULL;
    unsigned long size = 0;
    memset(&info, 0, sizeof info);
    info.err = use_problem(&errors, problem);
    if (setjmp(errors.leave)) {
        jpeg_destroy_compress(&info);
        free(bytes);
        return -1;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, (unsigned char **)&bytes, &size);
    info.image_width = width;
    info.image_height = height;
    info.input_components = 4;
    info.in_color_space = JCS_EXT_RGBA;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < height) {
        JSAMPROW line = (JSAMPROW)(pixels + (size_t)width * 4 * info.next_scanline);
        jpeg_write_scanlines(&info, &line, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    *data = bytes;
    *count = size;
    return 0;
}

static int encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t **data,
                      size_t *count, char *problem) {
    png_image png = {.version = PNG_IMAGE_VERSION, .width = width, .height = height};
    png.format = PNG_FORMAT_RGBA;
    png_alloc_size_t size = 0;
    if (png_image_write_get_memory_size(png, size, 0, pixels, 0, NULL)) {
        *data = malloc(size);
        if (*data && png_image_write_to_memory(&png, *data, &size, 0, pixels, 0, NULL)) {
            *count = size;
            return 0;
        }
    }
    if (png.message[0]) snprintf(problem, PROBLEM, "%.190s", png.message);
    free(*data);
    *data = NULL;
    return -1;
}

int codecs_encode(int kind, const uint8_t *pixels, uint32_t width, uint32_t height, int quality,
                  uint8_t **data, size_t *count, char problem[200]) {
    *data = NULL;
    snprintf(problem, PROBLEM, "not enough memory");
    return kind == CODECS_JPEG
               ? encode_jpeg(pixels, width, height, quality, data, count, problem)
               : encode_png(pixels, width, height, data, count, problem);
}

void codecs_free(void *memory) { free(memory); }
