#define _GNU_SOURCE
#include "faults.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static long result(long value) { return value < 0 ? -errno : value; }

static long close_and(int descriptor, long value) {
    if (descriptor >= 0) close(descriptor);
    return value;
}

long zoo_kill(int process, int signal) { return result(kill(process, signal)); }

long zoo_open(const char *path) {
    long opened = result(open(path, O_RDONLY | O_CLOEXEC));
    if (opened < 0) return opened;
    char byte;
    return close_and((int)opened, result(read((int)opened, &byte, 1)));
}

long zoo_create(const char *directory) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/zoo-was-here", directory);
    if (length < 0 || (size_t)length >= sizeof path) return -ENAMETOOLONG;
    long created = result(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    return created < 0 ? created : close_and((int)created, 0);
}

long zoo_connect_unix(const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof name.sun_path) return -ENAMETOOLONG;
    strcpy(name.sun_path, path);
    long opened = result(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (opened < 0) return opened;
    long connected = result(connect((int)opened, (struct sockaddr *)&name, sizeof name));
    return close_and((int)opened, connected);
}

long zoo_connect_tcp(const char *address, int port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, address, &name.sin_addr) != 1) return -EINVAL;
    long opened = result(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (opened < 0) return opened;
    long connected = result(connect((int)opened, (struct sockaddr *)&name, sizeof name));
    return close_and((int)opened, connected);
}

long zoo_ptrace(int process) {
    long attached = result(ptrace(PTRACE_SEIZE, process, NULL, NULL));
    if (attached >= 0) ptrace(PTRACE_DETACH, process, NULL, NULL);
    return attached;
}

long zoo_read_memory(int process, unsigned long address) {
    char byte;
    struct iovec here = {&byte, 1};
    struct iovec there = {(void *)address, 1};
    return result(process_vm_readv(process, &here, 1, &there, 1, 0));
}
