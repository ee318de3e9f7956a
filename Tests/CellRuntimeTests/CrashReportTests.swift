import Glibc
import Testing

@testable import CellRuntime

struct CrashReportTests {
    private static func report(
        _ number: Int32,
        said: String = "",
        in image: String = "",
        symbol: String = ""
    ) -> CrashReport {
        CrashReport(
            cause: .signal(number, stackOverflow: false),
            said: said,
            frames: [.init(image: image, offset: 1, symbol: symbol)]
        )
    }

    @Test(arguments: [
        (SIGSEGV, "segmentationFault"), (SIGBUS, "busError"), (SIGFPE, "arithmetic"),
        (SIGILL, "trap"), (SIGTRAP, "trap"), (SIGABRT, "abort"), (SIGSYS, "badSystemCall"),
    ])
    func namesTheCause(number: Int32, word: String) {
        #expect(Self.report(number).kind == word)
        #expect(!Self.report(number).message.isEmpty)
    }

    @Test func prefersTheRuntimesOwnWords() {
        let said = "something before\nShop/Order.swift:18: Fatal error: plugin says no\n"
        let message = Self.report(SIGILL, said: said).message
        #expect(message == "Shop/Order.swift:18: Fatal error: plugin says no")
    }

    @Test func whatWasPrintedBeforeAnExitIsNoReason() {
        let report = CrashReport(cause: .exit(code: 7), said: "Fatal error: long ago\n")
        #expect(report.message == "it called exit(7)")
    }

    @Test func aFaultInThePluginsOwnCodeTaintsNothing() {
        #expect(Self.report(SIGSEGV).taint == nil)
    }

    @Test(arguments: ["swift_retain", "memcpy", "strlen", "_swift_release_dealloc"])
    func aFaultInAFunctionWithoutLocksTaintsNothing(symbol: String) {
        #expect(Self.report(SIGSEGV, in: "libc.so.6", symbol: symbol).taint == nil)
    }

    @Test func aFaultInALibraryTaintsTheCell() {
        let taint = Self.report(SIGSEGV, in: "libc.so.6", symbol: "fclose").taint
        #expect(taint == "a fault inside fclose of libc.so.6 may have left a lock taken")
        #expect(Self.report(SIGILL, in: "libswiftCore.so").taint == nil)
    }

    @Test func anAllocatorThatFindsCorruptionTaintsTheCell() {
        let frames = ["libc.so.6", "libjemalloc.so.2", ""].map {
            CrashReport.Frame(image: $0, offset: 0, symbol: "")
        }
        #expect(CrashReport(cause: .abort, frames: frames).taint != nil)
        #expect(CrashReport(cause: .abort, frames: [frames[0], frames[2]]).taint == nil)
    }

    @Test func leavesTheCellsOwnFramesOut() {
        let frames = ["roost-cell", "libc.so.6", "", "", "roost-cell", "libc.so.6"].map {
            CrashReport.Frame(image: $0, offset: 0, symbol: "")
        }
        let own = CrashReport(cause: .abort, frames: frames).ownFrames(cell: "roost-cell")
        #expect(own.map(\.image) == ["libc.so.6", "", ""])
    }
}
