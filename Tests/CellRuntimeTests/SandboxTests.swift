import CellProtocol
import Foundation
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

    @Test func nobodyListensAlsoWithTheNetworkGranted() throws {
        let cell = try TestCell(environment: [
            "ROOST_CELL_KIND": "dedicated", "ROOST_CELL_NET": "1",
        ])
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        #expect(try worker.call("escape:listen").body == "-1 \(EPERM)")
    }

    /// Landlock asks about it since Linux 6.2; before, the filter has to stand in, and what may be
    /// written can still be emptied.
    @Test(arguments: [1, 2, 99])
    func cutsNoFileOffOnAnyKernel(landlock: Int) throws {
        let directory = try ScratchFiles(["theirs", "read", "write"])
        defer { directory.remove() }
        let cell = try TestCell(environment: [
            "ROOST_CELL_KIND": "dedicated", "ROOST_CELL_LANDLOCK": "\(landlock)",
            "ROOST_CELL_READ": directory.path("read"), "ROOST_CELL_WRITE": directory.path("write"),
        ])
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        for name in ["theirs", "read"] {
            for way in ["truncate", "empty", "write"] {
                let body = try worker.call("escape:\(way)=\(directory.path(name))").body
                #expect(body.hasPrefix("-1 "), "\(way) \(name)")
            }
            #expect(try directory.content(of: name) == name)
        }
        #expect(try worker.call("escape:open=\(directory.path("read"))").body.hasSuffix(" 0"))
        if landlock < 3 { #expect(try worker.call("escape:openat2").body == "-1 \(ENOSYS)") }
        #expect(try worker.call("escape:write=\(directory.path("write"))").body.hasSuffix(" 0"))
        #expect(try directory.content(of: "write") == "")
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

/// Files whose content is their name, for a cell to reach for.
private struct ScratchFiles {
    private let directory: URL

    init(_ names: [String]) throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-sandbox-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for name in names {
            try name.write(toFile: path(name), atomically: false, encoding: .utf8)
        }
    }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    func content(of name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    func remove() {
        do { try FileManager.default.removeItem(at: directory) } catch {
            Issue.record("\(error)")
        }
    }
}
