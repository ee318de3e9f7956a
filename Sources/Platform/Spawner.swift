internal import CPlatform

/// Starts programs with nothing of this process but what they are given.
public enum Spawner {
    /// Runs a program with `control` at descriptor 3 and `output` at 1 and 2; 0 is empty, and nothing
    /// else is open.
    ///
    /// Call it on a thread that lives as long as the children should: the parent-death signal that
    /// they ask for follows the thread.
    ///
    /// - Throws: `SystemCallError` when the program can't be run.
    public static func spawn(
        _ path: String,
        arguments: [String] = [],
        environment: [String: String],
        control: Descriptor,
        output: Descriptor
    ) throws(SystemCallError) -> ChildProcess {
        let entries = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var process: Int32 = -1
        withCStrings([path] + arguments) { arguments in
            withCStrings(entries) { environment in
                process = unsafe roost_spawn(
                    path,
                    arguments,
                    environment,
                    control.rawValue,
                    output.rawValue
                )
            }
        }
        guard process > 0 else { throw SystemCallError("posix_spawn(\(path))") }
        let ended = roost_open_process(process)
        guard ended >= 0 else {
            let error = SystemCallError("pidfd_open")
            ChildProcess(id: process, ended: control).end()
            throw error
        }
        return ChildProcess(id: process, ended: Descriptor(owning: ended))
    }

    private static func withCStrings(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Void
    ) {
        var storage: [CChar] = []
        var offsets: [Int] = []
        for string in strings {
            offsets.append(storage.count)
            storage.append(contentsOf: string.utf8CString)
        }
        unsafe storage.withUnsafeMutableBufferPointer { bytes in
            let base = bytes.baseAddress
            var pointers = unsafe offsets.map { offset in unsafe base.map { unsafe $0 + offset } }
            unsafe pointers.append(nil)
            unsafe pointers.withUnsafeMutableBufferPointer { list in
                guard let base = list.baseAddress else { return }
                unsafe body(base)
            }
        }
    }
}
