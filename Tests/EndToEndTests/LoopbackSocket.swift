import Glibc

/// A socket of a test, bound to a port of this machine that was free.
struct LoopbackSocket {
    let descriptor: Int32
    let port: UInt16

    init(_ type: __socket_type) throws {
        let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let length = size
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw TransportError("bind") }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
    }
}
