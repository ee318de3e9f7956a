import CZooFaults
import FunctionSDK
import Glibc

/// What the system said to an attempt.
struct Attempt: Codable, Sendable {
    /// What the call gave; -1 when it failed.
    var result: Int
    /// The error number; 0 when it succeeded.
    var errno: Int
    /// The error in words.
    var error: String

    init(_ code: Int) {
        result = code < 0 ? -1 : code
        errno = code < 0 ? -code : 0
        error = code < 0 ? String(cString: strerror(Int32(-code))) : ""
    }
}

/// Attempts to leave the cell; none does harm where it succeeds, unless asked to.
let escapes: [Function] = [
    attempt("escape-kill") { Attempt(zoo_kill($0.pid ?? getppid(), $0.signal ?? 0)) },
    attempt("escape-open") { Attempt(zoo_open($0.path ?? "/etc/shadow")) },
    attempt("escape-create") { Attempt(zoo_create($0.path ?? "/tmp")) },
    attempt("escape-connect") { ask in
        if let path = ask.path { return Attempt(zoo_connect_unix(path)) }
        return Attempt(zoo_connect_tcp(ask.address ?? "127.0.0.1", ask.port ?? 8_081))
    },
    attempt("escape-ptrace") { Attempt(zoo_ptrace($0.pid ?? getppid())) },
    attempt("escape-read-memory") { ask in
        Attempt(zoo_read_memory(ask.pid ?? getppid(), UInt(ask.bytes ?? 0x40_0000)))
    },
]

private func attempt(_ name: String, _ body: @escaping @Sendable (Ask) -> Attempt) -> Function {
    plain(name) { ask, _ in body(ask) }
}
