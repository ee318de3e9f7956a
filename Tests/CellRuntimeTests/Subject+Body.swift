extension Subject {
    /// The function itself.
    ///
    /// A command is a word, and what follows a colon is its argument.
    static let body = """
        static volatile long sink;
        static volatile int never;
        static __attribute__((noinline)) long deep(long n) {
            volatile char room[4096];
            room[0] = (char)n;
            return deep(n + 1) + room[0];
        }
        static void *crash_aside(void *unused) {
            (void)unused;
            *(volatile int *)8 = 1;
            return 0;
        }
        static void *write_aside(void *unused) {
            (void)unused;
            printf("from aside\\n");
            return 0;
        }

        struct wait { roost_context *context; int woken; };
        static void wake(void *argument) { ((struct wait *)argument)->woken = 1; }

        static int32_t crash(const char *kind) {
            if (!strcmp(kind, "segv")) *(volatile int *)16 = 1;
            if (!strcmp(kind, "call")) ((void (*)(void))(uintptr_t)(never + 0))();
            if (!strcmp(kind, "trap")) __builtin_trap();
            if (!strcmp(kind, "divide")) sink = 10 / (sink & never);
            if (!strcmp(kind, "overflow")) sink = deep(0);
            if (!strcmp(kind, "abort")) abort();
            if (!strcmp(kind, "assert")) { extern void __assert_fail(const char *, const char *,
                unsigned, const char *); __assert_fail("1 == 2", "subject.c", 7, "crash"); }
            if (!strcmp(kind, "exit")) exit(3);
            if (!strcmp(kind, "_exit")) _exit(4);
            if (!strcmp(kind, "quick_exit")) quick_exit(5);
            if (!strcmp(kind, "raise")) raise(SIGILL);
            if (!strcmp(kind, "kill")) kill(getpid(), SIGTERM);
            if (!strcmp(kind, "killed")) kill(getpid(), SIGKILL);
            if (!strcmp(kind, "fault")) kill(getpid(), SIGSEGV);
            if (!strcmp(kind, "stop")) raise(SIGSTOP);
            if (!strcmp(kind, "term")) tgkill(getpid(), gettid(), SIGTERM);
            if (!strcmp(kind, "user")) pthread_kill(pthread_self(), SIGUSR1);
            if (!strcmp(kind, "queue")) sigqueue(getpid(), SIGRTMIN, (union sigval){0});
            if (!strcmp(kind, "smash")) { volatile char room[8]; memset((char *)room, 65, 8); abort(); }
            if (!strcmp(kind, "bus")) {
                int file = memfd_create("short", 0);
                if (ftruncate(file, 4096)) return ROOST_INVALID;
                volatile char *page = mmap(0, 4096, PROT_READ, MAP_SHARED, file, 0);
                if (ftruncate(file, 0)) return ROOST_INVALID;
                sink = page[0];
            }
            if (!strcmp(kind, "printing")) { fprintf(stderr, "Fatal error: as it says\\n"); abort(); }
            if (!strcmp(kind, "aside")) {
                pthread_t thread;
                pthread_create(&thread, 0, crash_aside, 0);
                pthread_join(thread, 0);
                for (;;) usleep(1000);
            }
            return ROOST_INVALID;
        }

        static int32_t block(const char *kind) {
            int ends[2];
            char byte;
            if (!strcmp(kind, "loop")) for (;;) sink++;
            if (!strcmp(kind, "malloc")) for (;;) free(memset(malloc(1000), 1, 1000));
            if (!strcmp(kind, "print")) for (;;) printf("x");
            if (!strcmp(kind, "sleep")) sleep(1000);
            if (!strcmp(kind, "usleep")) for (;;) usleep(100);
            if (!strcmp(kind, "poll")) poll(0, 0, -1);
            if (!strcmp(kind, "read")) { if (!pipe(ends)) sink = read(ends[0], &byte, 1); }
            if (!strcmp(kind, "recv")) { socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
                                         sink = recv(ends[0], &byte, 1, 0); }
            if (!strcmp(kind, "lock")) { static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
                                         pthread_mutex_lock(&m); pthread_mutex_lock(&m); }
            if (!strcmp(kind, "condition")) {
                static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
                static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
                pthread_mutex_lock(&m);
                for (;;) pthread_cond_wait(&c, &m);
            }
            return ROOST_INVALID;
        }

        static int32_t refused(roost_context *c, long result) {
            char s[64];
            snprintf(s, sizeof s, "%ld %d", result, result < 0 ? errno : 0);
            return say_text(c, s);
        }

        static int32_t escape(roost_context *c, const char *kind) {
            struct itimerval soon = {{0, 0}, {0, 1000}};
            timer_t timer;
            if (!strcmp(kind, "setitimer")) return refused(c, setitimer(ITIMER_REAL, &soon, 0));
            if (!strcmp(kind, "timer_create"))
                return refused(c, timer_create(CLOCK_MONOTONIC, 0, &timer));
            if (!strcmp(kind, "rawitimer"))
                return refused(c, syscall(SYS_setitimer, ITIMER_REAL, &soon, 0));
            if (!strcmp(kind, "rawtimer"))
                return refused(c, syscall(SYS_timer_create, CLOCK_MONOTONIC, 0, &timer));
            if (!strcmp(kind, "alarm")) { alarm(1); return refused(c, 0); }
            if (!strcmp(kind, "ask")) return refused(c, kill(getpid(), 0));
            if (!strcmp(kind, "handled")) {
                struct sigaction none = {.sa_handler = SIG_IGN};
                sigaction(SIGUSR1, &none, 0);
                return refused(c, raise(SIGUSR1));
            }
            if (!strcmp(kind, "killparent")) return refused(c, kill(getppid(), SIGKILL));
            if (!strcmp(kind, "killgroup")) return refused(c, kill(0, SIGKILL));
            if (!strcmp(kind, "tgkill")) return refused(c, syscall(SYS_tgkill, getppid(), getppid(), 9));
            if (!strcmp(kind, "ptrace")) return refused(c, ptrace(PTRACE_ATTACH, getppid(), 0, 0));
            if (!strcmp(kind, "fork")) { long n = fork(); if (!n) _exit(0); return refused(c, n); }
            if (!strcmp(kind, "exec")) { char *none[] = {0}; return refused(c, execve("/bin/true", none, none)); }
            if (!strcmp(kind, "unix")) return refused(c, socket(AF_UNIX, SOCK_STREAM, 0));
            if (!strcmp(kind, "inet")) return refused(c, socket(AF_INET, SOCK_STREAM, 0));
            if (!strcmp(kind, "mount")) return refused(c, syscall(SYS_mount, 0, 0, 0, 0, 0));
            if (!strcmp(kind, "unshare")) return refused(c, syscall(SYS_unshare, 0x10000000));
            if (!strcmp(kind, "memory")) {
                char byte;
                struct { void *base; size_t size; } here = {&byte, 1}, there = {&byte, 1};
                return refused(c, syscall(SYS_process_vm_readv, getppid(), &here, 1, &there, 1, 0));
            }
            if (!strncmp(kind, "truncate=", 9)) return refused(c, truncate(kind + 9, 0));
            if (!strncmp(kind, "empty=", 6)) return refused(c, open(kind + 6, O_RDONLY | O_TRUNC));
            if (!strncmp(kind, "write=", 6)) return refused(c, open(kind + 6, O_WRONLY | O_TRUNC));
            if (!strcmp(kind, "openat2")) return refused(c, syscall(437, -100, "/usr", 0, 0));
            if (!strcmp(kind, "listen"))
                return refused(c, listen(socket(AF_INET, SOCK_STREAM, 0), 1));
            if (!strncmp(kind, "open=", 5)) return refused(c, open(kind + 5, O_RDONLY));
            if (!strncmp(kind, "create=", 7)) return refused(c, open(kind + 7, O_CREAT | O_RDWR, 0600));
            return ROOST_INVALID;
        }

        static int32_t stream_out(roost_context *c, long count) {
            roost_reply head = {.struct_size = sizeof head, .status = 201,
                                .content_type = text("text/plain")};
            static char piece[10000];
            memset(piece, 'p', sizeof piece);
            host->start(c, &head);
            while (count > 0) {
                size_t part = count < (long)sizeof piece ? (size_t)count : sizeof piece;
                int32_t code = host->write(c, (roost_bytes){(uint8_t *)piece, part});
                if (code == ROOST_WOULD_BLOCK) { host->pump(c); continue; }
                if (code < 0) break;
                count -= (long)part;
            }
            return say(c, 0, 0);
        }

        static int32_t stream_in(roost_context *c, const roost_invocation *event) {
            static uint8_t piece[5000];
            long sum = (long)event->body.count;
            for (;;) {
                int64_t count = host->read(c, piece, sizeof piece);
                if (count == ROOST_WOULD_BLOCK) { host->pump(c); continue; }
                if (count <= 0) break;
                sum += count;
            }
            return say_number(c, sum);
        }

        static void answered(void *argument, const roost_result *result) {
            char s[256];
            snprintf(s, sizeof s, "%u %.*s", result->status, (int)result->payload.count,
                     (const char *)result->payload.data);
            say_text(argument, s);
        }

        struct lent { roost_context *context; int answers; };
        static void count(void *argument, const roost_result *result) {
            (void)result;
            ((struct lent *)argument)->answers++;
        }
        static void pumping(void *argument, const roost_result *result) {
            struct lent *lent = argument;
            roost_call call = {.struct_size = sizeof call, .name = text("second")};
            host->invoke(lent->context, &call, count, lent);
            while (!lent->answers) host->pump(lent->context);
            size_t same = 0;
            while (same < result->payload.count && result->payload.data[same] == '1') same++;
            say_number(lent->context, (long)same);
        }

        static void later(void *argument) { say_text(argument, "later"); }

        static int32_t run(void *state, const roost_invocation *event, roost_context *c) {
            (void)state;
            char line[256] = "";
            size_t count = event->body.count < 255 ? event->body.count : 255;
            memcpy(line, event->body.data, count);
            char *argument = strchr(line, ':');
            if (argument) *argument++ = 0;
            else argument = "";
            if (!strcmp(line, "echo")) return say(c, event->body.data, event->body.count);
            if (!strcmp(line, "pid")) return say_number(c, getpid());
            if (!strcmp(line, "crash")) return crash(argument);
            if (!strcmp(line, "block")) return block(argument);
            if (!strcmp(line, "escape")) return escape(c, argument);
            if (!strcmp(line, "out")) return stream_out(c, atol(argument));
            if (!strcmp(line, "in")) return stream_in(c, event);
            if (!strcmp(line, "print")) { printf("%s\\n", argument); fprintf(stderr, "e-%s\\n", argument);
                                          return say_text(c, "printed"); }
            if (!strcmp(line, "aside")) { pthread_t t; pthread_create(&t, 0, write_aside, 0);
                                          pthread_join(t, 0); return say_text(c, "joined"); }
            if (!strcmp(line, "log")) { for (int i = 0; i < atoi(argument); i++)
                    host->log(c, ROOST_LOG_INFO, text("0123456789"), 0, 0);
                return say_text(c, "logged"); }
            if (!strcmp(line, "thread")) return threads(c, argument);
            if (!strcmp(line, "memory")) return memory(c, argument);
            if (!strcmp(line, "nothing")) return ROOST_DONE;
            if (!strcmp(line, "polite")) { while (!host->cancelled(c)) usleep(200);
                                           return say_number(c, host->cancelled(c)); }
            if (!strcmp(line, "fail")) {
                roost_reply reply = {.struct_size = sizeof reply, .failed = 1, .status = 418,
                                     .error_type = text("Teapot"), .error_message = text("short")};
                host->reply(c, &reply);
                return ROOST_DONE;
            }
            if (!strcmp(line, "configuration")) {
                roost_bytes value;
                if (host->configuration(c, text(argument), &value) < 0) return say_text(c, "none");
                return say(c, value.data, value.count);
            }
            if (!strcmp(line, "call")) {
                roost_call call = {.struct_size = sizeof call, .name = text(argument),
                                   .content_type = text("a/b"), .payload = text("question")};
                host->invoke(c, &call, answered, c);
                return ROOST_PENDING;
            }
            if (!strcmp(line, "pumping")) {
                static struct lent lent;
                lent = (struct lent){.context = c};
                roost_call call = {.struct_size = sizeof call, .name = text("first")};
                host->invoke(c, &call, pumping, &lent);
                return ROOST_PENDING;
            }
            if (!strcmp(line, "later")) { host->timer(c, 2000000, later, c); return ROOST_PENDING; }
            if (!strcmp(line, "never")) return ROOST_PENDING;
            if (!strcmp(line, "when")) { host->when(c, ROOST_WHEN_CANCELLED, later, c);
                                         return ROOST_PENDING; }
            return ROOST_INVALID;
        }
        """
}
