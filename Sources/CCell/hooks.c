#include "private.h"

#include <dlfcn.h>

#define SWIFT __attribute__((swiftcall))

typedef SWIFT void (*enqueue)(void *job);
typedef SWIFT void (*enqueue_delayed)(uint64_t delay, void *job);
typedef SWIFT void (*enqueue_deadline)(long long seconds, long long nanoseconds,
                                       long long leeway_seconds, long long leeway_nanoseconds,
                                       int clock, void *job);
typedef SWIFT void (*enqueue_hook)(void *job, enqueue original);
typedef SWIFT void (*enqueue_delayed_hook)(uint64_t delay, void *job, enqueue_delayed original);
typedef SWIFT void (*enqueue_deadline_hook)(long long, long long, long long, long long, int,
                                            void *, enqueue_deadline original);

static cell_job_sink job_sink;
static cell_delayed_job_sink delayed_sink;
static cell_executor_source executor_source;

// The runtime's job and async context as its ABI lays them out, as far as is needed to find whose
// code a task runs.
struct context {
    struct context *parent;
    void *resume_parent;
};

struct task {
    void *header[2];
    void *scheduler_private[2];
    uint32_t flags;
    uint32_t number;
    void *reserved[2];
    void *resume;
    struct context *context;
};

enum { KIND_MASK = 0xff, KIND_TASK = 0, MAXIMUM_DEPTH = 256 };

// The executor of the worker whose plugin made a task: the innermost function on the task's chain of
// suspended calls that lies in a plugin's image tells. A task that waited may be resumed on any
// thread, and then nothing else says whose it is.
static void *executor_of_task(const struct task *task) {
    if ((task->flags & KIND_MASK) != KIND_TASK) return 0;
    void *executor = cell_image_executor((uintptr_t)task->resume);
    const struct context *context = task->context;
    for (int depth = 0; !executor && context && depth < MAXIMUM_DEPTH; depth++) {
        executor = cell_image_executor((uintptr_t)context->resume_parent);
        context = context->parent;
    }
    return executor;
}

static void *executor_here(void) {
    cell_thread *thread = cell_current;
    if (!thread || cell_on_side_thread || !thread->guarded) return 0;
    if (!thread->executor) executor_source(thread->owner);
    return thread->executor;
}

static SWIFT void on_enqueue(void *job, enqueue original) {
    void *executor = executor_here();
    if (!executor) executor = executor_of_task(job);
    if (executor) job_sink(executor, job);
    else original(job);
}

static SWIFT void on_delay(uint64_t delay, void *job, enqueue_delayed original) {
    void *executor = executor_here();
    if (executor) delayed_sink(executor, job, (int64_t)delay);
    else original(delay, job);
}

// The runtime's clocks: 1 continuous (CLOCK_BOOTTIME here), 2 suspending (CLOCK_MONOTONIC).
static SWIFT void on_deadline(long long seconds, long long nanoseconds, long long leeway_seconds,
                              long long leeway_nanoseconds, int clock, void *job,
                              enqueue_deadline original) {
    void *executor = executor_here();
    if (!executor) {
        original(seconds, nanoseconds, leeway_seconds, leeway_nanoseconds, clock, job);
        return;
    }
    struct timespec now;
    clock_gettime(clock == 2 ? CLOCK_MONOTONIC : CLOCK_BOOTTIME, &now);
    int64_t delay = (seconds - now.tv_sec) * 1000000000 + nanoseconds - now.tv_nsec;
    delayed_sink(executor, job, delay);
}

void cell_hooks_install(cell_executor_source source, cell_job_sink sink,
                        cell_delayed_job_sink delayed) {
    executor_source = source;
    job_sink = sink;
    delayed_sink = delayed;
    enqueue_hook *first = dlsym(RTLD_DEFAULT, "swift_task_enqueueGlobal_hook");
    enqueue_delayed_hook *second = dlsym(RTLD_DEFAULT, "swift_task_enqueueGlobalWithDelay_hook");
    enqueue_deadline_hook *third = dlsym(RTLD_DEFAULT, "swift_task_enqueueGlobalWithDeadline_hook");
    if (first) *first = on_enqueue;
    if (second) *second = on_delay;
    if (third) *third = on_deadline;
}
