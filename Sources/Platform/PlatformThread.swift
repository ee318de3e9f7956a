internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// Starts threads for work that waits in the kernel, away from Swift's few cooperative ones.
enum PlatformThread {
    /// Runs `body` on a detached thread with all signals blocked.
    ///
    /// - Throws: `SystemCallError` when there is no thread left.
    static func start(
        name: String,
        body: @escaping @Sendable () -> Void
    ) throws(SystemCallError) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(name: name, body: body))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                if let argument = unsafe argument {
                    let box = unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
                    unsafe roost_name_thread(box.name)
                    box.body()
                }
                return nil
            },
            box.toOpaque()
        )
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard code == 0 else {
            box.release()
            throw SystemCallError("pthread_create", code: code)
        }
        pthread_detach(thread)
    }

    private final class Box: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
