// What the filters of system calls are put together from.
#pragma once
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "unknown architecture"
#endif

enum { MAXIMUM = 512, ANOTHER_INTERFACE = 0x40000000 };

struct program {
    struct sock_filter code[MAXIMUM];
    unsigned count;
};

static inline void add(struct program *program, struct sock_filter instruction) {
    if (program->count < MAXIMUM) program->code[program->count] = instruction;
    program->count++;
}

static inline void load(struct program *program, size_t offset) {
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static inline void answer(struct program *program, unsigned verdict) {
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

static inline void jump(struct program *program, unsigned operation, unsigned value,
                        unsigned char yes, unsigned char no) {
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | operation | BPF_K, value, yes, no));
}

#define NUMBER offsetof(struct seccomp_data, nr)
#define ARGUMENT(index) (offsetof(struct seccomp_data, args) + 8 * (index))
#define DENIED (SECCOMP_RET_ERRNO | EPERM)

static inline void deny(struct program *program, unsigned call, unsigned verdict) {
    jump(program, BPF_JEQ, call, 0, 1);
    answer(program, verdict);
}

static inline int enter(const struct program *program) {
    if (program->count > MAXIMUM) return E2BIG;
    struct sock_fprog list = {(unsigned short)program->count, (void *)program->code};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &list) < 0 ? errno : 0;
}

// What the process's filter was asked for; negative as long as there is none.
extern int roost_seccomp_wishes;
