#include "roost_alarm.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int roost_alarm_create(void) {
    return timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
}

int roost_alarm_set(int alarm, int64_t instant) {
    const int64_t second = 1000000000;
    struct itimerspec setting = {0};
    if (instant > 0) {
        setting.it_value.tv_sec = instant / second;
        setting.it_value.tv_nsec = instant % second;
    }
    return timerfd_settime(alarm, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &setting, 0);
}

int roost_alarm_rest(int alarm) {
    uint64_t count;
    if (read(alarm, &count, sizeof count) == (ssize_t)sizeof count) return 0;
    return errno == ECANCELED ? 1 : -1;
}
