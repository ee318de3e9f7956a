internal import Platform
internal import Synchronization

/// The one thread that hears from the kernel, for all watches, and on which they run.
final class WatchThread: TaskExecutor {
    private struct Place: Sendable {
        var inbox: WatchInbox
        var directory: [UInt8]
    }

    private struct Places: Sendable {
        var byNumber: [Int32: [Place]] = [:]
        var isOver = false
    }

    private struct Jobs: Sendable {
        var waiting: [UnownedJob] = []
        /// Whether the thread has to be woken for one more.
        var isAsleep = false
    }

    private let inotify: Inotify
    private let limit: @Sendable () -> Int
    private let places = Mutex(Places())
    private let jobs = Mutex(Jobs())

    /// Starts the thread, which watches no more directories than `limit` says at a time.
    ///
    /// - Throws: `SystemCallError` when the kernel has no queue or thread to give.
    init(limit: @escaping @Sendable () -> Int = { .max }) throws(SystemCallError) {
        self.limit = limit
        let inotify = try Inotify()
        self.inotify = inotify
        try ServiceThread.start(named: "roost-files") { [weak self] in
            while true {
                // Not held while it waits, so that it can go.
                if self?.hasNothingToDo == true { inotify.wait() }
                guard let self else { return }
                self.jobs.withLock { $0.isAsleep = false }
                let isOver = !self.pass(inotify.read())
                self.runJobs()
                if isOver { return }
            }
        }
    }

    /// Has a part of a watch's work done on the thread.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isAsleep = jobs.withLock { jobs in
            jobs.waiting.append(job)
            defer { jobs.isAsleep = false }
            return jobs.isAsleep
        }
        if isAsleep { inotify.wake() }
    }

    private var hasNothingToDo: Bool {
        jobs.withLock { jobs in
            jobs.isAsleep = jobs.waiting.isEmpty
            return jobs.isAsleep
        }
    }

    private func runJobs() {
        let waiting = jobs.withLock { jobs in
            defer { jobs.waiting = [] }
            return jobs.waiting
        }
        for job in waiting { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    deinit { inotify.wake() }

    /// Lets the thread end.
    func end() {
        places.withLock { $0.isOver = true }
        inotify.wake()
    }

    /// Watches a directory on behalf of a watch, and returns the kernel's number.
    ///
    /// - Throws: `SystemCallError`, `isExhausted` where the kernel has no more watches to give.
    func add(
        _ directory: Descriptor,
        as path: [UInt8],
        for inbox: WatchInbox
    ) throws(SystemCallError) -> Int32 {
        // Under the lock, so that nothing is told of a number that isn't known yet.
        try places.withLock { places throws(SystemCallError) in
            guard places.byNumber.count < limit() else { throw Inotify.hasNoWatches }
            let number = try inotify.add(directory)
            let others = (places.byNumber[number] ?? []).filter { $0.inbox !== inbox }
            places.byNumber[number] = others + [Place(inbox: inbox, directory: path)]
            return number
        }
    }

    /// Watches a directory no longer, unless another watch does, or it is known by another path by now.
    func remove(_ number: Int32, as path: [UInt8]?, for inbox: WatchInbox) {
        places.withLock { places in
            guard let all = places.byNumber[number] else { return }
            let left = all.filter { place in
                place.inbox !== inbox || path.map { place.directory != $0 } ?? false
            }
            places.byNumber[number] = left.isEmpty ? nil : left
            if left.isEmpty { inotify.remove(number) }
        }
    }

    /// How many directories are watched.
    var count: Int { places.withLock { $0.byNumber.count } }

    private func pass(_ notices: [Inotify.Notice]) -> Bool {
        var told: [ObjectIdentifier: (WatchInbox, [(Inotify.Notice, directory: [UInt8])])] = [:]
        func tell(_ place: Place, _ notice: Inotify.Notice) {
            told[ObjectIdentifier(place.inbox), default: (place.inbox, [])].1
                .append((notice, place.directory))
        }
        let isOver = places.withLock { places in
            for notice in notices {
                if notice.what == .overflowed {
                    for place in places.byNumber.values.joined() { tell(place, notice) }
                }
                for place in places.byNumber[notice.watch] ?? [] { tell(place, notice) }
                if notice.what == .ended { places.byNumber[notice.watch] = nil }
            }
            return places.isOver
        }
        for (inbox, notices) in told.values { inbox.note(notices) }
        return !isOver
    }
}
