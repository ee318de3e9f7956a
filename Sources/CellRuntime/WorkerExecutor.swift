internal import CCell

/// The task executor that a worker vends to its plugin: every job runs on the worker's own thread.
///
/// It lives in the cell, so that code that timers and other threads run is never the plugin's. Its
/// existential crosses the plugin contract as two words; it is never freed while a task may refer to
/// it, and drops jobs once its worker is gone.
final class WorkerExecutor: TaskExecutor {
    let loop: WorkerLoop

    init(loop: WorkerLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) { loop.post(.job(UnownedJob(job))) }

    /// The two words of this executor as an `any TaskExecutor`.
    var words: (UInt, UInt) {
        // The cast keeps the call from opening the existential: both its words are wanted.
        unsafeBitCast(self as any TaskExecutor, to: (UInt, UInt).self)
    }

    func run(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }

    /// Routes what the concurrency runtime would give to its global pool.
    static func installHooks() {
        cell_sides_install { owner, body, argument in
            let worker = Unmanaged<Worker>.fromOpaque(owner).takeUnretainedValue()
            worker.needLoop().post(.work(PluginCallback(function: body, argument: argument)))
        }
        cell_hooks_install(
            { owner in
                _ = Unmanaged<Worker>.fromOpaque(owner).takeUnretainedValue().needExecutor()
            },
            { executor, job in
                let this = Unmanaged<WorkerExecutor>.fromOpaque(executor).takeUnretainedValue()
                this.loop.post(.job(unsafeBitCast(job, to: UnownedJob.self)))
            },
            { executor, job, delay in
                let this = Unmanaged<WorkerExecutor>.fromOpaque(executor).takeUnretainedValue()
                this.loop.post(.job(unsafeBitCast(job, to: UnownedJob.self)), after: delay)
            }
        )
    }
}
