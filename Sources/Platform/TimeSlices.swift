internal import CPlatform

/// How the kernel shares the processors among threads of the same weight.
public enum TimeSlices {
    /// The shortest that Linux grants, in nanoseconds.
    static let shortest: UInt64 = 100_000

    /// That of the calling thread in nanoseconds; 0 where the kernel doesn't say.
    static var own: UInt64 { roost_slice(0) }

    /// Has the threads of this process, and whatever they start from now on, run in short turns.
    ///
    /// A thread with short turns comes to its turn sooner, for the same share in all: beside a loop
    /// that takes every processor, an event loop that has a request to read waits for a fraction of
    /// the milliseconds that it would wait otherwise. Linux has this since 6.12, for everybody; an
    /// older kernel leaves the turns as they were.
    public static func shorten() {
        let threads = DirectoryListing.names("/proc/self/task") ?? []
        for thread in threads.compactMap({ Int32($0) }) {
            // A thread that has ended needs none, and a sandbox may forbid it.
            _ = roost_set_slice(thread, shortest)
        }
    }

    /// Has the calling thread run before all ordinary ones as soon as it has something to do, for work
    /// that is short and has a time.
    ///
    /// A process without the right to that (`CAP_SYS_NICE`) has it take short turns.
    static func goFirst() {
        if roost_go_first() != 0 { _ = roost_set_slice(0, shortest) }
    }
}
