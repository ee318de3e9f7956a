import FunctionSDK
import Glibc

/// Writes into a book outside of the cell what became of each file: its path, whether it was whole, and
/// when the function began.
///
/// A whole file ends with a line `end`. The book listens at the port that the operator names.
let fileLedgerPlugin = Plugin("fileledger", permissions: Permissions(network: true)) {
    Function(
        "note",
        .files("in", recursive: true, stableFor: .milliseconds(100)),
        limits: Limits(timeout: .seconds(30))
    ) { (file: FileEvent, context) throws in
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let began = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        let text = try context.read(file)
        let isWhole = text.suffix(4).elementsEqual("end\n".utf8)
        try write(
            "\(file.path) \(isWhole ? "whole" : "torn") \(began)",
            to: UInt16(context.configuration("book") ?? "") ?? 0
        )
    }
}

private func write(_ line: String, to port: UInt16) throws {
    let book = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    guard book >= 0 else { throw FunctionError(status: 503, message: "there is no socket") }
    defer { close(book) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let bytes = Array(line.utf8)
    let sent = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            sendto(book, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard sent == bytes.count else {
        throw FunctionError(status: 503, message: "the book can't be written")
    }
}

/// Hands the plugin to the host.
@c(roost_plugin_fileledger) public func entry(_ host: HostAPI) -> PluginPointer? {
    fileLedgerPlugin.export(to: host)
}
