// Work that plugins give to the dispatch library runs on threads of its pool, which belong to nobody:
// for as long as one runs a plugin's work it counts as that worker's.
#include "real.h"

#include <stdlib.h>

#include "cell_memory.h"
#include "cell_sides.h"
#include "sides.h"

typedef void *dispatch_queue;
typedef void *dispatch_group;
typedef void (*dispatch_body)(void *);
typedef void (*dispatch_apply_body)(void *, size_t);
typedef uint64_t dispatch_time;

// A block as the compiler lays it out.
struct block {
    void *isa;
    int32_t flags, reserved;
    void (*invoke)(void *block, size_t index);
};

struct work {
    cell_thread *thread;
    uint64_t number;  // the worker's; its record may be another's by the time the work comes up
    dispatch_body body;
    dispatch_apply_body apply;
    void *argument;
    void *block;
    dispatch_group group;
};

#define DISPATCH(result, name, ...)                                                                \
    extern result name(__VA_ARGS__);                                                               \
    ORIGINAL(name)

DISPATCH(void, dispatch_async, dispatch_queue, void *)
DISPATCH(void, dispatch_async_f, dispatch_queue, void *, dispatch_body)
DISPATCH(void, dispatch_barrier_async, dispatch_queue, void *)
DISPATCH(void, dispatch_barrier_async_f, dispatch_queue, void *, dispatch_body)
DISPATCH(void, dispatch_after, dispatch_time, dispatch_queue, void *)
DISPATCH(void, dispatch_after_f, dispatch_time, dispatch_queue, void *, dispatch_body)
DISPATCH(void, dispatch_group_async, dispatch_group, dispatch_queue, void *)
DISPATCH(void, dispatch_group_notify, dispatch_group, dispatch_queue, void *)
DISPATCH(void, dispatch_group_notify_f, dispatch_group, dispatch_queue, void *, dispatch_body)
DISPATCH(void, dispatch_apply, size_t, dispatch_queue, void *)
DISPATCH(void, dispatch_apply_f, size_t, dispatch_queue, void *, dispatch_apply_body)
DISPATCH(long, dispatch_semaphore_wait, void *, dispatch_time)
DISPATCH(long, dispatch_group_wait, dispatch_group, dispatch_time)

static void *(*copy_block)(const void *);
static void (*release_block)(const void *);
static void (*enter_group)(dispatch_group), (*leave_group)(dispatch_group);
static void *main_queue;
static dispatch_queue (*global_queue)(intptr_t, uintptr_t);
static cell_work_sink main_sink;

static __attribute__((constructor)) void find_more(void) {
    copy_block = (void *(*)(const void *))dlsym(RTLD_DEFAULT, "_Block_copy");
    release_block = (void (*)(const void *))dlsym(RTLD_DEFAULT, "_Block_release");
    enter_group = (void (*)(void *))dlsym(RTLD_DEFAULT, "dispatch_group_enter");
    leave_group = (void (*)(void *))dlsym(RTLD_DEFAULT, "dispatch_group_leave");
    main_queue = dlsym(RTLD_DEFAULT, "_dispatch_main_q");
    global_queue = (dispatch_queue(*)(intptr_t, uintptr_t))dlsym(RTLD_DEFAULT,
                                                                 "dispatch_get_global_queue");
}

void cell_sides_install(cell_work_sink sink) { main_sink = sink; }

// Whether work is one plugin's: given from its worker's thread, or one beside it, and not by a
// runtime that has its own way to find back.
static cell_thread *giver(uintptr_t caller) {
    cell_thread *thread = cell_guarded();
    return thread && copy_block && !cell_is_runtime(caller) ? thread : 0;
}

static void *call_block(void *block) {
    ((struct block *)block)->invoke(block, 0);
    return 0;
}

static void perform(struct work *work) {
    if (work->body) work->body(work->argument);
    else call_block(work->block);
}

static void finish(struct work *work) {
    if (work->group) leave_group(work->group);
    if (work->block) release_block(work->block);
    free(work);
}

// On the worker's own thread.
static void run_here(void *argument) {
    struct work *work = argument;
    perform(work);
    finish(work);
}

// Whether the worker is gone that the work belongs to; then it is never run.
static int is_stale(const struct work *work) {
    return work->number == 0 || cell_load64(&work->thread->number) != work->number ||
           cell_load32(&work->thread->done);
}

// Counts the calling thread as one of the worker's; 0 when the worker is gone. Counted before the look:
// who buries the worker waits for those that are counted.
static int count_in(const struct work *work) {
    __atomic_add_fetch(&work->thread->side_threads, 1, __ATOMIC_SEQ_CST);
    if (!is_stale(work)) return 1;
    __atomic_sub_fetch(&work->thread->side_threads, 1, __ATOMIC_SEQ_CST);
    return 0;
}

// A thread of the pool has done a piece of the worker's work.
static void leave_pool_work(cell_thread *thread, cell_side *side) {
    cell_side_leave(thread, side);
    cell_memory_unshare();
    __atomic_sub_fetch(&thread->side_work, 1, __ATOMIC_SEQ_CST);
    // Last: from here on the record may be another worker's.
    __atomic_sub_fetch(&thread->side_threads, 1, __ATOMIC_SEQ_CST);
}

static void run(void *argument) {
    struct work *work = argument;
    cell_thread *thread = work->thread;
    if (cell_current == thread) {
        __atomic_sub_fetch(&thread->side_work, 1, __ATOMIC_SEQ_CST);
        return run_here(work);
    }
    if (!count_in(work)) return;
    cell_side *side = cell_side_enter(thread, CELL_POOL);
    perform(work);
    finish(work);
    leave_pool_work(thread, side);
}

static void run_on_main(void *argument) {
    struct work *work = argument;
    cell_thread *thread = work->thread;
    // So that the owner is not freed meanwhile.
    if (!count_in(work)) return;
    __atomic_sub_fetch(&thread->side_work, 1, __ATOMIC_SEQ_CST);
    if (main_sink) main_sink(thread->owner, run_here, work);
    __atomic_sub_fetch(&thread->side_threads, 1, __ATOMIC_SEQ_CST);
}

static struct work *wrap(cell_thread *thread, void *block, dispatch_body body, void *argument) {
    cell_memory_settle(thread);
    struct work *work = calloc(1, sizeof *work);
    if (!work) abort();
    void *copy = block ? copy_block(block) : 0;
    *work = (struct work){thread, thread->number, body, 0, argument, copy, 0};
    __atomic_add_fetch(&thread->side_work, 1, __ATOMIC_SEQ_CST);
    return work;
}

static void give(cell_thread *thread, dispatch_queue queue, struct work *work) {
    (void)thread;
    REAL(dispatch_async_f);
    if (queue == main_queue) run_on_main(work);
    else real(queue, work, run);
}

EXPORTED void dispatch_async(dispatch_queue queue, void *block) {
    cell_thread *thread = giver(CALLER);
    REAL(dispatch_async);
    if (!thread) return real(queue, block);
    give(thread, queue, wrap(thread, block, 0, 0));
}

EXPORTED void dispatch_async_f(dispatch_queue queue, void *argument, dispatch_body body) {
    cell_thread *thread = giver(CALLER);
    // The main actor's jobs come from the concurrency runtime, by way of the main queue.
    if (queue == main_queue) thread = cell_guarded();
    REAL(dispatch_async_f);
    if (!thread) return real(queue, argument, body);
    give(thread, queue, wrap(thread, 0, body, argument));
}

EXPORTED void dispatch_barrier_async(dispatch_queue queue, void *block) {
    cell_thread *thread = giver(CALLER);
    REAL(dispatch_barrier_async);
    if (!thread) return real(queue, block);
    REAL_AS(real_f, dispatch_barrier_async_f);
    real_f(queue, wrap(thread, block, 0, 0), run);
}

EXPORTED void dispatch_barrier_async_f(dispatch_queue queue, void *argument, dispatch_body body) {
    cell_thread *thread = giver(CALLER);
    REAL(dispatch_barrier_async_f);
    if (!thread) return real(queue, argument, body);
    real(queue, wrap(thread, 0, body, argument), run);
}

static void after(dispatch_time when, dispatch_queue queue, struct work *work) {
    REAL(dispatch_after_f);
    if (queue == main_queue) real(when, global_queue(0, 0), work, run_on_main);
    else real(when, queue, work, run);
}

EXPORTED void dispatch_after(dispatch_time when, dispatch_queue queue, void *block) {
    cell_thread *thread = giver(CALLER);
    REAL(dispatch_after);
    if (!thread) return real(when, queue, block);
    after(when, queue, wrap(thread, block, 0, 0));
}

EXPORTED void dispatch_after_f(dispatch_time when, dispatch_queue queue, void *argument,
                               dispatch_body body) {
    cell_thread *thread = giver(CALLER);
    REAL(dispatch_after_f);
    if (!thread) return real(when, queue, argument, body);
    after(when, queue, wrap(thread, 0, body, argument));
}

EXPORTED void dispatch_group_async(dispatch_group group, dispatch_queue queue, void *block) {
    cell_thread *thread = giver(CALLER);
    REAL(dispatch_group_async);
    if (!thread) return real(group, queue, block);
    struct work *work = wrap(thread, block, 0, 0);
    work->group = group;
    enter_group(group);
    give(thread, queue, work);
}

EXPORTED void dispatch_group_notify(dispatch_group group, dispatch_queue queue, void *block) {
    cell_thread *thread = giver(CALLER);
    REAL(dispatch_group_notify);
    if (!thread) return real(group, queue, block);
    REAL_AS(real_f, dispatch_group_notify_f);
    struct work *work = wrap(thread, block, 0, 0);
    if (queue == main_queue) real_f(group, global_queue(0, 0), work, run_on_main);
    else real_f(group, queue, work, run);
}

static void run_turn(void *argument, size_t index) {
    struct work *work = argument;
    cell_thread *thread = work->thread;
    int is_guest = cell_current != thread;
    cell_side *side = 0;
    if (is_guest) {
        if (!count_in(work)) return;
        __atomic_add_fetch(&thread->side_work, 1, __ATOMIC_SEQ_CST);
        side = cell_side_enter(thread, CELL_POOL);
    }
    if (work->apply) work->apply(work->argument, index);
    else ((struct block *)work->block)->invoke(work->block, index);
    if (is_guest) leave_pool_work(thread, side);
}

// The caller waits, but may be ended while it does, and its stack with it. Then the record is lost:
// threads of the pool may still look at it.
static struct work *note_turns(cell_thread *thread, void *block, dispatch_apply_body body,
                               void *argument) {
    cell_memory_settle(thread);
    struct work *work = malloc(sizeof *work);
    if (!work) abort();
    *work = (struct work){thread, thread->number, 0, body, argument, block, 0};
    return work;
}

EXPORTED void dispatch_apply(size_t count, dispatch_queue queue, void *block) {
    cell_thread *thread = giver(CALLER);
    REAL(dispatch_apply);
    if (!thread) return real(count, queue, block);
    REAL_AS(real_f, dispatch_apply_f);
    struct work *work = note_turns(thread, block, 0, 0);
    real_f(count, queue, work, run_turn);
    free(work);
}

EXPORTED void dispatch_apply_f(size_t count, dispatch_queue queue, void *argument,
                               dispatch_apply_body body) {
    cell_thread *thread = giver(CALLER);
    REAL(dispatch_apply_f);
    if (!thread) return real(count, queue, argument, body);
    struct work *work = note_turns(thread, 0, body, argument);
    real(count, queue, work, run_turn);
    free(work);
}

// Waits of a worker for its own work, which may be ended there.
#define WAITING(name, type)                                                                        \
    EXPORTED long name(type object, dispatch_time when) {                                          \
        REAL(name);                                                                                \
        cell_thread *thread = giver(CALLER);                                                       \
        if (!thread) return real(object, when);                                                    \
        uint32_t *waits = cell_waits_of(thread);                                                   \
        __atomic_store_n(waits, 1, __ATOMIC_SEQ_CST);                                              \
        long result = real(object, when);                                                          \
        __atomic_store_n(waits, 0, __ATOMIC_SEQ_CST);                                              \
        return result;                                                                             \
    }

WAITING(dispatch_semaphore_wait, void *)
WAITING(dispatch_group_wait, dispatch_group)
