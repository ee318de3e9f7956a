#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

int roost_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

int roost_open_step(int directory, const char *name) {
    return openat(directory, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
}

int roost_is_being_written(int file) {
    // A read lease is granted only when nobody has the file open for writing; it is given back at
    // once. Who opens it in that instant makes the kernel signal the lease's holder: with SIGURG,
    // which is ignored by default, and not with SIGIO, which would end the process.
    if (fcntl(file, F_SETSIG, SIGURG) != 0) return -1;
    if (fcntl(file, F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN ? 1 : -1;
    fcntl(file, F_SETLEASE, F_UNLCK);
    return 0;
}

void roost_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
