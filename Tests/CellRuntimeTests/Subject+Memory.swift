extension Subject {
    /// What the function does with memory; `memory:leak=1024` leaks that many bytes.
    static let memory = """
        static void *volatile kept;

        // The compiler would leave blocks out that nobody looks at.
        static char *block_of(size_t size) {
            char *block = malloc(size);
            kept = block;
            return block;
        }

        // Ignores that there is no more.
        static void bomb(size_t size) {
            for (;;) {
                char *block = malloc(size);
                memset(block, 1, size);
                *(void **)block = kept;
                kept = block;
            }
        }

        static void grow(void) {
            size_t size = 1000;
            char *block = 0;
            for (;; size = size * 3 / 2) {
                block = realloc(block, size);
                memset(block, 1, size);
            }
        }

        // Reserves much, and makes it writable piece by piece.
        static int reserve(roost_context *c, size_t size) {
            char *base = mmap(0, (size_t)4 << 30, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (base == MAP_FAILED) return say_text(c, "no room");
            size_t done = 0;
            while (done < (size_t)4 << 30 && !mprotect(base + done, size, PROT_READ | PROT_WRITE)) {
                memset(base + done, 1, size);
                done += size;
            }
            munmap(base, (size_t)4 << 30);
            return say_number(c, (long)(done / size));
        }

        extern void *_Znwm(size_t size) __attribute__((weak));

        // Every second block goes again, so that what is free is of no use to the next size.
        static void fragment(void) {
            for (size_t size = 4096;; size += 4096) {
                void *last = 0;
                for (int i = 0; i < 64; i++) {
                    void *block = malloc(size);
                    memset(block, 1, size);
                    free(i % 2 ? last : 0);
                    last = block;
                }
            }
        }

        static int32_t map(roost_context *c, size_t size) {
            long count = 0;
            for (;; count++) {
                char *block = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (block == MAP_FAILED) break;
                memset(block, 1, size);
            }
            return say_number(c, count);
        }

        // Maps, resizes, cuts holes and unmaps, more often than the limit would allow at once.
        static int32_t remap(roost_context *c, size_t size) {
            for (int i = 0; i < 100; i++) {
                char *block = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (block == MAP_FAILED) return say_text(c, "no mmap");
                munmap(block + size / 4, size / 4);
                munmap(block, size / 4);
                block = mremap(block + size / 2, size / 2, size, MREMAP_MAYMOVE);
                if (block == MAP_FAILED) return say_number(c, errno * 1000 + i);
                block[size - 1] = 1;
                if (mremap(block, size, 4096, 0) != block) return say_text(c, "no shrinking");
                munmap(block, 4096);
            }
            return say_text(c, "all fit");
        }

        static void *bomb_aside(void *size) { bomb((size_t)size); return 0; }

        static int32_t memory(roost_context *c, char *kind) {
            char *equals = strchr(kind, '=');
            size_t size = equals ? strtoul(equals + 1, 0, 10) : 0;
            if (equals) *equals = 0;
            if (!strcmp(kind, "small")) bomb(48);
            if (!strcmp(kind, "blocks")) bomb(size);
            if (!strcmp(kind, "huge")) memset(block_of((size_t)8 << 30), 1, 4096);
            if (!strcmp(kind, "grow")) grow();
            if (!strcmp(kind, "fragment")) fragment();
            // The operator of C++, which throws.
            if (!strcmp(kind, "new")) for (;;) memset(_Znwm(100000), 1, 100000);
            if (!strcmp(kind, "map")) return map(c, size);
            if (!strcmp(kind, "reserve")) return reserve(c, size);
            if (!strcmp(kind, "remap")) return remap(c, size);
            if (!strcmp(kind, "polite")) {
                void *block = block_of(size);
                free(block);
                return say_text(c, block ? "got it" : "refused");
            }
            if (!strcmp(kind, "leak")) { memset(block_of(size), 1, size); return say_text(c, "leaked"); }
            if (!strcmp(kind, "use")) {
                char *block = block_of(size);
                memset(block, 1, size);
                free(block);
                return say_text(c, "used");
            }
            if (!strcmp(kind, "churn")) {
                for (int i = 0; i < 300; i++) {
                    char *block = block_of(size + (size_t)i * 4096);
                    memset(block, 1, size);
                    free(block);
                }
                return say_text(c, "churned");
            }
            if (!strcmp(kind, "aside")) {
                pthread_t thread;
                if (pthread_create(&thread, 0, bomb_aside, (void *)size)) return say_text(c, "none");
                pthread_join(thread, 0);
                for (;;) usleep(1000);
            }
            return ROOST_INVALID;
        }

        """
}
