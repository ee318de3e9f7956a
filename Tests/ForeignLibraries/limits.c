// A library that covers every type of a signature file at its limits; see limits.functions.json.
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SAME(name, type) type same_##name(type value) { return value; }
SAME(bool, bool)
SAME(int8, int8_t)
SAME(uint8, uint8_t)
SAME(int16, int16_t)
SAME(uint16, uint16_t)
SAME(int32, int32_t)
SAME(uint32, uint32_t)
SAME(int64, int64_t)
SAME(uint64, uint64_t)
SAME(size, size_t)
SAME(float, float)
SAME(double, double)

enum colour { RED = -1, GREEN = 0, BLUE = 7 };
enum colour same_colour(enum colour value) { return value; }

const char *same_text(const char *text) { return text; }
size_t length_of(const char *text) { return text ? strlen(text) : (size_t)-1; }

char *copied(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : 0;
}
static int released;
void release(void *text) {
    released++;
    free(text);
}
int release_count(void) { return released; }
int copy_out(const char *text, char **out) {
    *out = copied(text);
    return *out ? 0 : -1;
}

uint32_t sum_bytes(const uint8_t *bytes, size_t count) {
    uint32_t sum = bytes ? 0 : 4294967295u;
    for (size_t i = 0; i < count; i++) sum += bytes[i];
    return sum;
}
size_t reverse(const uint8_t *in, size_t count, uint8_t *out, size_t room) {
    if (count > room) return (size_t)-1;
    for (size_t i = 0; i < count; i++) out[i] = in[count - 1 - i];
    return count;
}
void invert(uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)~bytes[i];
}
int64_t sum_int64(const int64_t *values, uint32_t count) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += (uint64_t)values[i];
    return (int64_t)sum;
}
uint32_t first_n(uint16_t *values, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) values[i] = (uint16_t)(65535 - i);
    return count;
}

struct inner { int8_t small; double wide; };
struct outer {
    uint8_t flag;
    struct inner inner;
    int16_t list[3];
    char name[8];
    uint8_t raw[2];
    struct inner pair[2];
    enum colour colour;
};
_Static_assert(sizeof(struct outer) == 80, "as limits.functions.json says");
struct two_floats { float x, y; };
struct mixed { int32_t i; float f; double d; };

struct outer same_outer(struct outer value) { return value; }
_Static_assert(sizeof(struct outer) == 80, "as limits.functions.json says");
struct two_floats swapped(struct two_floats value) {
    return (struct two_floats){value.y, value.x};
}
struct mixed same_mixed(struct mixed value) { return value; }
void grow(struct outer *value) {
    value->inner.wide *= 2;
    value->list[2]++;
}
int64_t wide_of(const struct outer *value) { return value ? (int64_t)value->inner.wide : -1; }
void make_outer(struct outer *value) {
    memset(value, 0, sizeof *value);
    value->inner.wide = 1.5;
    strcpy(value->name, "made");
    value->colour = BLUE;
}
double sum_mixed(const struct mixed *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += values[i].i + (double)values[i].f + values[i].d;
    return sum;
}

int out_all(int8_t *a, uint64_t *b, double *c, bool *d, const char **e) {
    *a = INT8_MIN;
    *b = UINT64_MAX;
    *c = -0.0;
    *d = true;
    *e = "out";
    return 0;
}
void twice(int64_t *value) { *value *= 2; }
const int32_t *maybe(int32_t wanted) {
    static int32_t value = 42;
    return wanted ? &value : 0;
}

int fails_with_errno(int number) {
    errno = number;
    return number ? -1 : 0;
}
int fails_with_code(int code) { return code; }
const char *code_words(int code) { return code == 3 ? "three is too many" : "no words"; }

struct counter { int64_t value; };
static int living;
struct counter *counter_new(int64_t start) {
    if (start < 0) return 0;
    struct counter *made = malloc(sizeof *made);
    made->value = start;
    living++;
    return made;
}
int counter_make(struct counter **out, int64_t start) {
    *out = counter_new(start < 0 ? 0 : start);
    return start < 0 ? 5 : 0;
}
int64_t counter_next(struct counter *counter) { return counter->value++; }
void counter_free(struct counter *counter) {
    living--;
    free(counter);
}
int counters_living(void) { return living; }
int local_begin(struct counter *counter, int64_t start) {
    if (start < 0) return -1;
    counter->value = start;
    living++;
    return 0;
}
void local_end(struct counter *counter) {
    (void)counter;
    living--;
}

void each(const int32_t *values, size_t count, int (*visit)(void *, int32_t, const char *),
          void *context) {
    for (size_t i = 0; i < count; i++)
        if (visit(context, values[i], i % 2 ? "odd" : "even")) return;
}
double apply(double (*function)(double), double value) { return function(value); }
double half(double value) { return value / 2; }

const char *not_unicode(void) { return "\xff\xfe"; }
void nothing(void) {}
int variable = 1;
