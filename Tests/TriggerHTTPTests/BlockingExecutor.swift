import NIOPosix

/// Runs tests that block in system calls on threads of their own, so that they don't hold up the
/// pool that everything else runs on.
final class BlockingExecutor: TaskExecutor {
    static let shared = BlockingExecutor()

    private let pool = NIOThreadPool(numberOfThreads: 48)

    init() { pool.start() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        pool.submit { _ in job.runSynchronously(on: executor) }
    }
}
