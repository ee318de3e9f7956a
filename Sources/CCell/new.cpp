// The allocator has these too, past the functions of C that look after the worker's arena.
#include <cstdlib>
#include <new>

#define EXPORTED __attribute__((visibility("default"), used))

static void *plain(std::size_t size) noexcept { return std::malloc(size ? size : 1); }

static void *aligned(std::size_t size, std::align_val_t alignment) noexcept {
    void *block = nullptr;
    return posix_memalign(&block, static_cast<std::size_t>(alignment), size ? size : 1) ? nullptr
                                                                                      : block;
}

static void *sure(void *block) {
    if (!block) throw std::bad_alloc();
    return block;
}

EXPORTED void *operator new(std::size_t size) { return sure(plain(size)); }
EXPORTED void *operator new[](std::size_t size) { return sure(plain(size)); }

EXPORTED void *operator new(std::size_t size, const std::nothrow_t &) noexcept {
    return plain(size);
}

EXPORTED void *operator new[](std::size_t size, const std::nothrow_t &) noexcept {
    return plain(size);
}

EXPORTED void *operator new(std::size_t size, std::align_val_t alignment) {
    return sure(aligned(size, alignment));
}

EXPORTED void *operator new[](std::size_t size, std::align_val_t alignment) {
    return sure(aligned(size, alignment));
}

EXPORTED void *operator new(std::size_t size, std::align_val_t alignment,
                            const std::nothrow_t &) noexcept {
    return aligned(size, alignment);
}

EXPORTED void *operator new[](std::size_t size, std::align_val_t alignment,
                              const std::nothrow_t &) noexcept {
    return aligned(size, alignment);
}
