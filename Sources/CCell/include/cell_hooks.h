// The Swift concurrency runtime's hooks: jobs made on a worker's thread stay there.
#pragma once

#include <stdint.h>

/// Hands a job to a worker's executor.
typedef void (*cell_job_sink)(void *_Nonnull executor, void *_Nonnull job);

/// The same, after a delay from now in nanoseconds.
typedef void (*cell_delayed_job_sink)(void *_Nonnull executor, void *_Nonnull job, int64_t delay);

/// Makes the executor of a worker; on its thread.
typedef void (*cell_executor_source)(void *_Nonnull owner);

/// Installs the hooks; once.
void cell_hooks_install(cell_executor_source _Nonnull source, cell_job_sink _Nonnull sink,
                        cell_delayed_job_sink _Nonnull delayed);
