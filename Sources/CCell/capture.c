// What plugins print becomes log lines of the invocation that runs; what runtime and libraries say
// on standard error is kept as well, as the likely reason of a crash.
#include "real.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cell_memory.h"

ORIGINAL(fflush)
ORIGINAL(flockfile)
ORIGINAL(fputc)
ORIGINAL(fputs)
ORIGINAL(funlockfile)
ORIGINAL(fwrite)
ORIGINAL(puts)
ORIGINAL(vfprintf)
ORIGINAL(write)
ORIGINAL(writev)

enum { FORMATTED = 4096, MESSAGE_HEAD = 256 };

// The beginning stays, because some messages are followed by a long list of addresses; what was said
// last stays too.
static void keep_message(cell_thread *thread, const char *bytes, size_t count) {
    size_t room = CELL_MESSAGE - 1;
    if (count > room - MESSAGE_HEAD) {
        bytes += count - (room - MESSAGE_HEAD);
        count = room - MESSAGE_HEAD;
    }
    if (thread->message_count + count > room) {
        size_t drop = thread->message_count + count - room;
        char *hole = thread->message + MESSAGE_HEAD;
        memmove(hole, hole + drop, thread->message_count - MESSAGE_HEAD - drop);
        thread->message_count -= (uint32_t)drop;
    }
    memcpy(thread->message + thread->message_count, bytes, count);
    thread->message_count += (uint32_t)count;
}

// The cell's own part must not meet the worker's limit, with locks of the runtime taken.
static void hand_on(cell_thread *thread, int stream, const char *bytes, size_t count) {
    if (!thread->line_sink) return;
    cell_memory_exempt(1);
    thread->line_sink(thread->owner, (uint32_t)(stream + 4), bytes, count);
    cell_memory_exempt(0);
}

static void put_out(cell_thread *thread, int stream) {
    cell_line *line = &thread->lines[stream - 1];
    uint32_t count = line->count;
    if (count == 0) return;
    line->count = 0;
    hand_on(thread, stream, line->bytes, count);
}

void cell_thread_flush_lines(cell_thread *thread) {
    put_out(thread, 1);
    put_out(thread, 2);
}

void cell_capture(cell_thread *thread, int stream, const char *bytes, size_t count,
                  int from_plugin) {
    // A side thread has no lines of its own: what it writes is passed on as it comes.
    if (cell_on_side_thread) {
        if (count) hand_on(thread, stream, bytes, count);
        return;
    }
    if (stream == 2 && !from_plugin) keep_message(thread, bytes, count);
    cell_line *line = &thread->lines[stream - 1];
    while (count > 0) {
        const char *end = memchr(bytes, '\n', count);
        size_t part = end ? (size_t)(end - bytes) : count;
        size_t room = CELL_LINE - line->count;
        size_t taken = part < room ? part : room;
        memcpy(line->bytes + line->count, bytes, taken);
        line->count += (uint32_t)taken;
        bytes += taken;
        count -= taken;
        if (end && taken == part) {
            bytes++;
            count--;
            put_out(thread, stream);
        } else if (line->count == CELL_LINE) {
            put_out(thread, stream);
        }
    }
}

static int stream_of(FILE *file) { return file == stdout ? 1 : file == stderr ? 2 : 0; }

// Takes the bytes when a worker writes them to standard output or error.
static int captured(FILE *file, const char *bytes, size_t count, uintptr_t caller) {
    cell_thread *thread = cell_guarded();
    int stream = thread ? stream_of(file) : 0;
    if (!stream) return 0;
    cell_capture(thread, stream, bytes, count, cell_in_text(thread, caller));
    return 1;
}

static int format_into(FILE *file, const char *format, va_list list, uintptr_t caller, int *result) {
    cell_thread *thread = cell_guarded();
    if (!thread || !stream_of(file)) return 0;
    char text[FORMATTED];
    char *bytes = text;
    va_list copy;
    va_copy(copy, list);
    int count = vsnprintf(text, sizeof text, format, list);
    if (count >= (int)sizeof text) {
        char *longer = malloc((size_t)count + 1);
        if (longer) {
            vsnprintf(longer, (size_t)count + 1, format, copy);
            bytes = longer;
        }
    }
    va_end(copy);
    size_t there = count < 0                      ? 0
                   : bytes == text && count >= FORMATTED ? FORMATTED - 1
                                                         : (size_t)count;
    captured(file, bytes, there, caller);
    if (bytes != text) free(bytes);
    *result = count;
    return 1;
}

#define FORMATTING(name, file, parameters, last, call)                                             \
    EXPORTED int name parameters {                                                                 \
        va_list list;                                                                              \
        int result;                                                                                \
        va_start(list, last);                                                                      \
        if (!format_into(file, format, list, CALLER, &result)) {                                   \
            va_end(list);                                                                          \
            va_start(list, last);                                                                  \
            REAL(vfprintf);                                                                        \
            result = call;                                                                         \
        }                                                                                          \
        va_end(list);                                                                              \
        return result;                                                                             \
    }

FORMATTING(printf, stdout, (const char *format, ...), format, real(stdout, format, list))
FORMATTING(fprintf, file, (FILE * file, const char *format, ...), format, real(file, format, list))
FORMATTING(__printf_chk, stdout, (int flag, const char *format, ...), format,
           ((void)flag, real(stdout, format, list)))
FORMATTING(__fprintf_chk, file, (FILE * file, int flag, const char *format, ...), format,
           ((void)flag, real(file, format, list)))

EXPORTED int vfprintf(FILE *file, const char *format, va_list list) {
    int result;
    va_list copy;
    va_copy(copy, list);
    REAL(vfprintf);
    if (!format_into(file, format, list, CALLER, &result)) result = real(file, format, copy);
    va_end(copy);
    return result;
}

EXPORTED int vprintf(const char *format, va_list list) { return vfprintf(stdout, format, list); }

EXPORTED int __vfprintf_chk(FILE *file, int flag, const char *format, va_list list) {
    (void)flag;
    return vfprintf(file, format, list);
}

EXPORTED int fputs(const char *text, FILE *file) {
    if (captured(file, text, strlen(text), CALLER)) return 1;
    REAL(fputs);
    return real(text, file);
}

EXPORTED int puts(const char *text) {
    if (captured(stdout, text, strlen(text), CALLER)) return captured(stdout, "\n", 1, CALLER);
    REAL(puts);
    return real(text);
}

EXPORTED size_t fwrite(const void *bytes, size_t size, size_t count, FILE *file) {
    if (captured(file, bytes, size * count, CALLER)) return count;
    REAL(fwrite);
    return real(bytes, size, count, file);
}

EXPORTED int fputc(int character, FILE *file) {
    char byte = (char)character;
    if (captured(file, &byte, 1, CALLER)) return (unsigned char)byte;
    REAL(fputc);
    return real(character, file);
}

#undef putc
EXPORTED int putc(int character, FILE *file) {
    char byte = (char)character;
    if (captured(file, &byte, 1, CALLER)) return (unsigned char)byte;
    REAL(fputc);
    return real(character, file);
}

#undef putchar
EXPORTED int putchar(int character) {
    char byte = (char)character;
    if (captured(stdout, &byte, 1, CALLER)) return (unsigned char)byte;
    REAL(fputc);
    return real(character, stdout);
}

EXPORTED int fflush(FILE *file) {
    if (cell_guarded() && (!file || stream_of(file))) return 0;
    REAL(fflush);
    return real(file);
}

// A worker that crashes while it prints must not leave the stream locked for all others; it never
// reaches the stream, so it needs no lock.
EXPORTED void flockfile(FILE *file) {
    if (cell_guarded() && stream_of(file)) return;
    REAL(flockfile);
    real(file);
}

EXPORTED void funlockfile(FILE *file) {
    if (cell_guarded() && stream_of(file)) return;
    REAL(funlockfile);
    real(file);
}

EXPORTED ssize_t write(int descriptor, const void *bytes, size_t count) {
    uintptr_t caller = CALLER;
    cell_thread *thread = cell_guarded();
    if (thread && (descriptor == 1 || descriptor == 2)) {
        cell_capture(thread, descriptor, bytes, count, cell_in_text(thread, caller));
        return (ssize_t)count;
    }
    REAL(write);
    if (!thread || !cell_in_text(thread, caller)) return real(descriptor, bytes, count);
    uint32_t *waits = cell_waits_of(thread);
    __atomic_store_n(waits, 1, __ATOMIC_SEQ_CST);
    ssize_t result = real(descriptor, bytes, count);
    __atomic_store_n(waits, 0, __ATOMIC_SEQ_CST);
    return result;
}

EXPORTED ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    uintptr_t caller = CALLER;
    cell_thread *thread = cell_guarded();
    REAL(writev);
    if (thread && descriptor != 1 && descriptor != 2 && cell_in_text(thread, caller)) {
        uint32_t *waits = cell_waits_of(thread);
        __atomic_store_n(waits, 1, __ATOMIC_SEQ_CST);
        ssize_t result = real(descriptor, parts, count);
        __atomic_store_n(waits, 0, __ATOMIC_SEQ_CST);
        return result;
    }
    if (!thread || (descriptor != 1 && descriptor != 2)) return real(descriptor, parts, count);
    ssize_t sum = 0;
    for (int i = 0; i < count; i++) {
        cell_capture(thread, descriptor, parts[i].iov_base, parts[i].iov_len,
                     cell_in_text(thread, caller));
        sum += (ssize_t)parts[i].iov_len;
    }
    return sum;
}
