// A clock of the day that rings at an instant, and when it is set.
#pragma once

#include <stdint.h>

/// Makes an alarm: a descriptor that becomes readable when it rings, or -1.
int roost_alarm_create(void);

/// Has it ring at an instant (nanoseconds since 1970), also when the system's clock is set; 0 for
/// never. 0 or -1.
int roost_alarm_set(int alarm, int64_t instant);

/// Makes it unreadable again: 1 when the system's clock was set, 0 when it rang, -1 for neither.
int roost_alarm_rest(int alarm);
