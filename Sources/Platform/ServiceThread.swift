internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// A thread that does one thing for a long time, deaf to signals.
public enum ServiceThread {
    /// Runs `body` on a new thread.
    ///
    /// - Parameters:
    ///   - name: What tools show; cut after 15 bytes.
    ///   - isUrgent: Whether it goes before all others where that is allowed; only for short work.
    ///   - body: The thread's work.
    /// - Throws: `SystemCallError` when there can be no further thread.
    public static func start(
        named name: String,
        isUrgent: Bool = false,
        _ body: @escaping @Sendable () -> Void
    ) throws(SystemCallError) {
        let work = unsafe Unmanaged.passRetained(Work(name: name, isUrgent: isUrgent, body: body))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                work.run()
                return nil
            },
            work.toOpaque()
        )
        guard code == 0 else {
            unsafe work.release()
            throw SystemCallError("pthread_create", code: code)
        }
        pthread_detach(thread)
    }

    private final class Work: Sendable {
        let name: String
        let isUrgent: Bool
        let body: @Sendable () -> Void

        init(name: String, isUrgent: Bool, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.isUrgent = isUrgent
            self.body = body
        }

        func run() {
            var all = sigset_t()
            unsafe sigfillset(&all)
            unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
            roost_name_thread(String(decoding: name.utf8.prefix(15), as: UTF8.self))
            if isUrgent { TimeSlices.goFirst() }
            body()
        }
    }
}
