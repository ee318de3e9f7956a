import CellProtocol
import Glibc
import Platform
import Testing

@Suite(.serialized)
struct SandboxTests {
    /// What a plugin tries, and the error that it gets.
    @Test(arguments: [
        ("killparent", EPERM), ("killgroup", EPERM), ("tgkill", EPERM), ("ptrace", EPERM),
        ("memory", EPERM), ("fork", EPERM), ("exec", EPERM), ("unix", EPERM), ("mount", EPERM),
        ("unshare", EPERM), ("open=/etc/shadow", EACCES), ("open=/etc/passwd", EACCES),
        ("open=/tmp", EACCES), ("create=/tmp/roost-escape", EACCES), ("open=/root", EACCES),
        ("create=/usr/lib/roost-escape", EACCES), ("inet", EPERM),
        ("open=/proc/self/environ", EACCES), ("open=/proc/1/status", EACCES),
    ])
    func denies(attempt: String, error: Int32) throws {
        for environment in [[:], ["ROOST_CELL_UID": "61234"]] {
            let cell = try TestCell(environment: environment)
            let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
            let body = try worker.call("escape:\(attempt)").body
            #expect(body == "-1 \(error)", "with \(environment)")
        }
    }

    @Test(arguments: [
        ("open=/usr", true), ("open=/dev/null", true), ("open=/proc/self/maps", true),
    ])
    func allowsWhatPluginsNeed(attempt: String, allowed: Bool) throws {
        let cell = try TestCell(environment: ["ROOST_CELL_UID": "61234"])
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        #expect(try worker.call("escape:\(attempt)").body.hasPrefix("-1") != allowed)
    }

    /// A cell of its own is told what was granted; any other isn't asked.
    @Test(arguments: [("dedicated", "1", true), ("dedicated", "0", false), ("shared", "1", false)])
    func opensConnectionsWhereThatWasGranted(kind: String, net: String, isOpen: Bool) throws {
        let cell = try TestCell(environment: ["ROOST_CELL_KIND": kind, "ROOST_CELL_NET": net])
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        #expect(try worker.call("escape:inet").body.hasPrefix("-1") != isOpen)
    }

    @Test func reportsWhatTheProbeExpects() throws {
        let cell = try TestCell(environment: geteuid() == 0 ? ["ROOST_CELL_UID": "61234"] : [:])
        let probe = SandboxReport.probe()
        #expect(Set(cell.enforced) == Set(probe.enforced.filter(\.isOfEveryCell).map(\.rawValue)))
        #expect(Set(cell.missing) == Set(probe.missing.filter(\.isOfEveryCell).map(\.rawValue)))
    }

    @Test func endsWhenTheHostGoes() throws {
        var cell: TestCell? = try TestCell()
        let process = try #require(cell).process
        // Closing the channel is all that this does, and waiting for the process.
        cell = nil
        #expect(kill(process, 0) != 0)
    }
}
