// Calls that can wait for ever. While plugin code is inside one of them its worker may be ended
// there: nothing of the plugin's runs, and libc holds no lock in them.
#include "real.h"

#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define BODY(type, name, parameters, arguments)                                                    \
    EXPORTED type name parameters {                                                                \
        REAL(name);                                                                                \
        cell_thread *thread = cell_called_by_plugin(CALLER);                                       \
        if (!thread) return real arguments;                                                        \
        uint32_t *waits = cell_waits_of(thread);                                                   \
        __atomic_store_n(waits, 1, __ATOMIC_SEQ_CST);                                              \
        type result = real arguments;                                                              \
        __atomic_store_n(waits, 0, __ATOMIC_SEQ_CST);                                              \
        return result;                                                                             \
    }

#define WAITING(type, name, parameters, arguments)                                                 \
    ORIGINAL(name)                                                                                 \
    BODY(type, name, parameters, arguments)

WAITING(unsigned, sleep, (unsigned seconds), (seconds))
WAITING(int, usleep, (useconds_t time), (time))
WAITING(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))
WAITING(int, clock_nanosleep,
        (clockid_t clock, int flags, const struct timespec *time, struct timespec *left),
        (clock, flags, time, left))
WAITING(int, thrd_sleep, (const struct timespec *time, struct timespec *left), (time, left))
WAITING(int, pause, (void), ())
WAITING(ssize_t, read, (int descriptor, void *into, size_t count), (descriptor, into, count))
WAITING(ssize_t, readv, (int descriptor, const struct iovec *parts, int count),
        (descriptor, parts, count))
WAITING(int, poll, (struct pollfd * list, nfds_t count, int timeout), (list, count, timeout))
WAITING(int, ppoll,
        (struct pollfd * list, nfds_t count, const struct timespec *timeout, const sigset_t *mask),
        (list, count, timeout, mask))
WAITING(int, select, (int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout),
        (count, in, out, other, timeout))
WAITING(int, pselect,
        (int count, fd_set *in, fd_set *out, fd_set *other, const struct timespec *timeout,
         const sigset_t *mask),
        (count, in, out, other, timeout, mask))
WAITING(int, epoll_wait, (int descriptor, struct epoll_event *list, int count, int timeout),
        (descriptor, list, count, timeout))
WAITING(int, epoll_pwait,
        (int descriptor, struct epoll_event *list, int count, int timeout, const sigset_t *mask),
        (descriptor, list, count, timeout, mask))
WAITING(ssize_t, recv, (int descriptor, void *into, size_t count, int flags),
        (descriptor, into, count, flags))
WAITING(ssize_t, recvfrom,
        (int descriptor, void *restrict into, size_t count, int flags,
         struct sockaddr *restrict from, socklen_t *restrict size),
        (descriptor, into, count, flags, from, size))
WAITING(ssize_t, recvmsg, (int descriptor, struct msghdr *message, int flags),
        (descriptor, message, flags))
WAITING(ssize_t, send, (int descriptor, const void *bytes, size_t count, int flags),
        (descriptor, bytes, count, flags))
WAITING(ssize_t, sendto,
        (int descriptor, const void *bytes, size_t count, int flags, const struct sockaddr *to,
         socklen_t size),
        (descriptor, bytes, count, flags, to, size))
WAITING(ssize_t, sendmsg, (int descriptor, const struct msghdr *message, int flags),
        (descriptor, message, flags))
WAITING(int, accept, (int descriptor, struct sockaddr *restrict from, socklen_t *restrict size),
        (descriptor, from, size))
WAITING(int, accept4,
        (int descriptor, struct sockaddr *restrict from, socklen_t *restrict size, int flags),
        (descriptor, from, size, flags))
WAITING(int, connect, (int descriptor, const struct sockaddr *to, socklen_t size),
        (descriptor, to, size))
WAITING(pid_t, wait, (int *status), (status))
WAITING(pid_t, waitpid, (pid_t process, int *status, int flags), (process, status, flags))
WAITING(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
WAITING(int, pthread_mutex_timedlock,
        (pthread_mutex_t *restrict mutex, const struct timespec *restrict time), (mutex, time))
WAITING(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
WAITING(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
WAITING(int, pthread_barrier_wait, (pthread_barrier_t * barrier), (barrier))
WAITING(int, pthread_join, (pthread_t other, void **value), (other, value))
WAITING(int, sem_wait, (sem_t * semaphore), (semaphore))
WAITING(int, sem_timedwait, (sem_t *restrict semaphore, const struct timespec *restrict time),
        (semaphore, time))
WAITING(int, sigsuspend, (const sigset_t *mask), (mask))
WAITING(int, sigwait, (const sigset_t *restrict set, int *restrict signal), (set, signal))

#if defined(__x86_64__)
#define CONDITION_VERSION "GLIBC_2.3.2"
#else
#define CONDITION_VERSION "GLIBC_2.17"
#endif

ORIGINAL_VERSION(pthread_cond_wait, CONDITION_VERSION)
BODY(int, pthread_cond_wait,
     (pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex), (condition, mutex))
ORIGINAL_VERSION(pthread_cond_timedwait, CONDITION_VERSION)
BODY(int, pthread_cond_timedwait,
     (pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
      const struct timespec *restrict time),
     (condition, mutex, time))
