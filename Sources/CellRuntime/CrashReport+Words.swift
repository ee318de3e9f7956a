internal import Glibc

extension CrashReport {
    /// A short stable word for the cause.
    var kind: String {
        switch cause {
        case .exit: return "exit"
        case .raised: return "signal"
        case .abort, .signal(SIGABRT, _):
            return said.contains("terminate called") ? "uncaughtException" : "abort"
        case .signal(_, stackOverflow: true): return "stackOverflow"
        case .signal(SIGSEGV, _): return "segmentationFault"
        case .signal(SIGBUS, _): return "busError"
        case .signal(SIGFPE, _): return "arithmetic"
        case .signal(SIGILL, _), .signal(SIGTRAP, _): return "trap"
        case .signal: return "badSystemCall"
        }
    }

    /// A sentence: the runtime's own words where it said any.
    var message: String {
        if let words = lastWords { return words }
        switch cause {
        case .exit(let code): return "it called exit(\(code))"
        case .raised(let signal): return "it sent its own process signal \(signal)"
        case .abort, .signal(SIGABRT, _): return "it called abort()"
        case .signal(_, stackOverflow: true):
            return "its stack overflowed, as after endless recursion"
        case .signal(SIGSEGV, _):
            return "it used memory at \(hexadecimal(address)), which isn't its own"
        case .signal(SIGBUS, _):
            return "it used memory at \(hexadecimal(address)), which can't be reached"
        case .signal(SIGFPE, _): return "it divided by zero, or an arithmetic operation overflowed"
        case .signal(SIGILL, _), .signal(SIGTRAP, _):
            return "it trapped: a check of the Swift runtime or a precondition failed"
        case .signal(let number, _): return "it was ended by signal \(number)"
        }
    }

    /// What was said last and explains the end; `nil` when nothing was.
    private var lastWords: String? {
        switch cause {
        case .exit, .raised: return nil
        case .signal, .abort: break
        }
        let lines = said.split(separator: "\n", omittingEmptySubsequences: true)
        let start = lines.lastIndex { line in Self.markers.contains { line.contains($0) } }
        guard let start else { return nil }
        // A list of addresses follows, which the backtrace says better.
        if lines[start].contains("Simultaneous accesses") { return String(lines[start]) }
        return lines[start...].joined(separator: "; ")
    }

    /// How the last words of runtimes and libraries begin.
    private static let markers = [
        "Fatal error", "Precondition failed", "Assertion", "Could not cast value",
        "Simultaneous accesses", "terminate called", "rror:",
    ]

    /// Why the cell can't be trusted any more; `nil` when the fault was in the plugin's own code, or
    /// in a place that holds no lock.
    var taint: String? {
        guard case .signal(let number, stackOverflow: false) = cause, let first = frames.first
        else {
            return allocatorTaint
        }
        if first.image.isEmpty || first.image == "?" { return nil }
        if number == SIGILL || number == SIGTRAP { return nil }
        // A system call that the filter denies has done nothing.
        if number == SIGSYS { return nil }
        if Self.lockFree.contains(where: { first.symbol.hasPrefix($0) }) { return nil }
        let place = first.symbol.isEmpty ? first.image : "\(first.symbol) of \(first.image)"
        return "a fault inside \(place) may have left a lock taken"
    }

    /// Whether somebody else in the cell may have destroyed what crashed here: the fault is one inside
    /// the runtime or a library, or an access by a pointer that is neither nil nor near it.
    var mayBeAnothers: Bool {
        if taint != nil { return true }
        guard case .signal(let number, stackOverflow: false) = cause else { return false }
        return (number == SIGSEGV || number == SIGBUS)
            && (isUnnamedAccess || address >= Self.nearNil)
    }

    private static let nearNil: UInt64 = 64 << 10

    private var allocatorTaint: String? {
        guard case .abort = cause else { return nil }
        return isInAllocator ? "the allocator found its memory corrupted" : nil
    }

    /// Whether it ended inside the allocator, whose locks may be taken for ever.
    var isInAllocator: Bool {
        frames.prefix(4).contains { $0.image.hasPrefix("libjemalloc") }
    }

    /// Functions that touch their caller's memory and hold no lock, so that a fault in them is the
    /// caller's alone.
    private static let lockFree = [
        "swift_retain", "swift_release", "_swift_retain", "_swift_release", "swift_bridgeObject",
        "swift_isUniquely", "swift_getObjectType", "mem", "str", "wcs", "__mem", "__str",
    ]

    private func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
