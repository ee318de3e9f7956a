// Loading images: each under a name of its own, because the loader compares names before files.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct cell_thread;

/// A loaded image.
typedef struct cell_image {
    void *_Nullable handle;
    uintptr_t base;
    uintptr_t text_low, text_high;
} cell_image;

/// Opens the image behind a descriptor; 0, or -1 with `error` filled.
int cell_image_open(int descriptor, cell_image *_Nonnull image, char *_Nonnull error,
                    size_t error_size);

/// Opens a library that is a part of a file; 0, or -1 with `error` filled.
int cell_image_open_part(int descriptor, size_t offset, size_t size, cell_image *_Nonnull image,
                         char *_Nonnull error, size_t error_size);

/// Opens one of the system's libraries, whose text is shared and so never belongs to the worker.
int cell_image_open_system(const char *_Nonnull name, cell_image *_Nonnull image,
                           char *_Nonnull error, size_t error_size);

/// What a name stands for in a library and what that depends on: 0 for nothing, 1 for a function, 2 for
/// a variable. What the cell itself answers of libc is found in the cell.
int cell_image_find(const cell_image *_Nonnull image, const char *_Nonnull name,
                    void *_Nullable *_Nonnull address);

/// Finds a symbol of the image itself; NULL when there is none.
void *_Nullable cell_image_symbol(const cell_image *_Nonnull image, const char *_Nonnull name);

/// Finds a mapped image's text by device and inode, for a thread that hangs in the loader.
int cell_image_find_text(uint64_t device, uint64_t inode, uintptr_t *_Nonnull low,
                         uintptr_t *_Nonnull high);

/// Describes the library that an address lies in: base name, offset and nearest exported symbol.
int cell_image_describe(uint64_t address, char *_Nonnull name, size_t name_size,
                        uint64_t *_Nonnull offset, char *_Nonnull symbol, size_t symbol_size);

/// Remembers for ever whose jobs the code of the calling worker's image makes.
void cell_image_adopt(const struct cell_thread *_Nonnull thread, void *_Nonnull executor);

/// The executor that was remembered for the image in which an address lies; NULL when there is none.
void *_Nullable cell_image_executor(uintptr_t address);

/// From now on nobody waits for the loader's lock, which a thread has died with.
void cell_image_loader_is_stuck(void);

/// Loads a library that plugins are likely to need; 0 when it is there.
int cell_image_preload(const char *_Nonnull name);

/// Memory mappings of the process.
uint32_t cell_image_mappings(void);

/// The directory that the Swift runtime was loaded from; 0 when it is known.
int cell_image_directory_of_swift(char *_Nonnull path, size_t size);
