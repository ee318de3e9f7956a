internal import CFunctionABI
internal import FunctionSDK

#if canImport(Glibc)
internal import Glibc
#endif

// Files of events, as a test's world has them.
extension HostTable {
    static func addFiles(to table: inout roost_host_api) {
        table.file = { context, request, done, argument in
            guard let call = TestCall.of(context), let request else { return }
            call.checkThread("file")
            guard request.pointee.operation == UInt32(ROOST_FILE_OPEN) else {
                close(Int32(truncatingIfNeeded: request.pointee.descriptor))
                return
            }
            let argument = UInt(bitPattern: argument)
            let answer = HostTable.open(request.pointee.id.text, in: call.world)
            call.loop.post { HostTable.answer(done, argument, answer) }
        }
    }

    /// Opens a nameless copy, which the handler reads as it reads the host's.
    private static func open(_ id: String, in world: TestWorld) -> TestStore.Answer {
        guard let bytes = world.files[id] else {
            return TestStore.Answer(status: 410, problem: "the file '\(id)' is gone")
        }
        var path = Array("/tmp/roost-test-file-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else {
            return TestStore.Answer(status: 403, problem: "the file '\(id)' can't be opened")
        }
        unlink(path)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0 else {
            close(descriptor)
            return TestStore.Answer(status: 403, problem: "the file '\(id)' can't be written")
        }
        return TestStore.Answer(status: 200, number: Int64(descriptor))
    }
}
