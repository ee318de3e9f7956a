extension Subject {
    /// What the function does with threads of its own.
    static let threads = """
        static volatile long turns;
        static void *t_spin(void *unused) { (void)unused; for (;;) turns++; return 0; }
        static void *t_stay(void *unused) { (void)unused; for (;;) { usleep(100); turns++; } return 0; }
        static void *t_wait(void *unused) {
            static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
            static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
            pthread_mutex_lock(&m);
            for (;;) pthread_cond_wait(&c, &m);
            return unused;
        }
        static void *t_brief(void *unused) { usleep(3000); turns++; return unused; }
        static void *t_exit(void *unused) { exit(7); return unused; }
        static void *t_abort(void *unused) { abort(); return unused; }
        static __attribute__((noinline)) long t_deep(long n) {
            volatile char room[4096];
            room[0] = (char)n;
            return t_deep(n + 1) + room[0];
        }
        static void *t_overflow(void *unused) { turns = t_deep(0); return unused; }

        static void d_loop(void *unused) { (void)unused; for (;;) turns++; }
        static void d_crash(void *unused) { (void)unused; *(volatile int *)8 = 1; }
        static void d_exit(void *unused) { (void)unused; exit(7); }
        static void d_abort(void *unused) { (void)unused; abort(); }
        static void d_deep(void *unused) { (void)unused; turns = t_deep(0); }
        static void at_end(void (*destructor)(void *)) {
            pthread_key_t key;
            pthread_key_create(&key, destructor);
            pthread_setspecific(key, "set");
        }
        static void *t_late(void *unused) { at_end(d_loop); return unused; }

        static int32_t threads(roost_context *c, const char *kind) {
            void *(*body)(void *) = 0;
            void (*destructor)(void *) = 0;
            pthread_t thread;
            if (!strcmp(kind, "key-loop")) destructor = d_loop;
            if (!strcmp(kind, "key-crash")) destructor = d_crash;
            if (!strcmp(kind, "key-exit")) destructor = d_exit;
            if (!strcmp(kind, "key-abort")) destructor = d_abort;
            if (!strcmp(kind, "key-deep")) destructor = d_deep;
            if (destructor) {
                at_end(destructor);
                return say_text(c, "set");
            }
            if (!strcmp(kind, "late")) body = t_late;
            if (!strcmp(kind, "turns")) return say_number(c, turns > 0);
            if (!strcmp(kind, "bomb")) {
                long made = 0;
                while (!(errno = pthread_create(&thread, 0, t_wait, 0))) made++;
                return say_number(c, errno == EAGAIN ? made : -errno);
            }
            if (!strcmp(kind, "spin")) body = t_spin;
            if (!strcmp(kind, "stay")) body = t_stay;
            if (!strcmp(kind, "wait")) body = t_wait;
            if (!strcmp(kind, "brief")) body = t_brief;
            if (body) {
                pthread_create(&thread, 0, body, 0);
                pthread_detach(thread);
                return say_text(c, "left");
            }
            if (!strcmp(kind, "exit")) body = t_exit;
            if (!strcmp(kind, "abort")) body = t_abort;
            if (!strcmp(kind, "overflow")) body = t_overflow;
            if (!strcmp(kind, "burn")) {
                body = t_spin;
                pthread_create(&thread, 0, body, 0);
                pthread_create(&thread, 0, body, 0);
            }
            if (!body) return ROOST_INVALID;
            pthread_create(&thread, 0, body, 0);
            pthread_join(thread, 0);
            for (;;) usleep(1000);
        }

        """
}
