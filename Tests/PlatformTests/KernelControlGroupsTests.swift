import Foundation
import Testing

@testable import Platform

/// The control groups of this very machine, where they may be written.
@Suite("Control groups of this kernel", .serialized)
struct KernelControlGroupsTests {
    static let controllers: Set<ControlGroupController> = {
        let groups = ControlGroups()
        defer { groups.close() }
        return Set(groups.controllers.keys)
    }()

    /// A shell that waits for a line before it does anything.
    private func shell(_ command: String) throws -> (Process, Pipe) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "read go; \(command)"]
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = Pipe()
        process.standardError = Pipe()
        try process.run()
        return (process, input)
    }

    @Test(.enabled(if: controllers.contains(.memory)))
    func endsWhatTakesTooMuchMemoryAndSaysSo() throws {
        let groups = ControlGroups()
        defer { groups.close() }
        let group = try #require(try groups.makeGroup(named: "memory-test"))
        #expect(group.apply(ControlGroupLimits(memory: 32 << 20)).isEmpty)
        let (process, input) = try shell("exec tail /dev/zero")
        try group.add(process: process.processIdentifier)
        #expect(group.processes == [process.processIdentifier])
        try input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8))
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        #expect(group.memory.exceededOwnLimit, "\(group.memory)")
        #expect(group.memory.peak > 24 << 20)
        #expect(group.memory.peak <= 34 << 20)
        // Its process may not have left it yet in the kernel's eyes.
        let deadline = ContinuousClock.now + .seconds(10)
        var isGone = group.remove()
        while !isGone, ContinuousClock.now < deadline {
            usleep(1_000)
            isGone = group.remove()
        }
        #expect(isGone)
    }

    @Test(.enabled(if: controllers.contains(.pids)))
    func bringsForksToAnEnd() throws {
        let groups = ControlGroups()
        defer { groups.close() }
        let group = try #require(try groups.makeGroup(named: "pids-test"))
        #expect(group.apply(ControlGroupLimits(processes: 5)).isEmpty)
        let (process, input) = try shell(
            "for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait"
        )
        try group.add(process: process.processIdentifier)
        try input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8))
        // The shell ends where it can't fork any more; what it had started goes with the group.
        let shell = process.processIdentifier
        let deadline = ContinuousClock.now + .seconds(10)
        while group.processes.contains(shell), ContinuousClock.now < deadline { usleep(1_000) }
        #expect(!group.processes.contains(shell))
        #expect((1...5).contains(group.processes.count), "\(group.processes)")
        while !group.remove(), ContinuousClock.now < deadline { usleep(1_000) }
        #expect(group.processes.isEmpty)
        process.waitUntilExit()
        #expect(process.terminationStatus != 0)
    }

    @Test(.enabled(if: controllers.contains(.cpu)))
    func putsAThreadBehindAllOthersAndBack() throws {
        let groups = ControlGroups()
        defer { groups.close() }
        let group = try #require(try groups.makeGroup(named: "yielding-test"))
        guard group.movesThreads else { return }
        let (process, input) = try shell("exit 0")
        let thread = process.processIdentifier
        try group.add(process: thread)
        func place() throws -> Bool {
            try String(contentsOfFile: "/proc/\(thread)/cgroup", encoding: .utf8)
                .contains(".yielding")
        }
        #expect(try !place())
        try group.move(thread: thread, yields: true)
        #expect(try place())
        try group.move(thread: thread, yields: false)
        #expect(try !place())
        try input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8))
        process.waitUntilExit()
        let deadline = ContinuousClock.now + .seconds(10)
        while !group.remove(), ContinuousClock.now < deadline { usleep(1_000) }
    }

    @Test(.enabled(if: controllers.contains(.cpu)))
    func holdsALoopToItsShareOfACore() throws {
        let groups = ControlGroups()
        defer { groups.close() }
        let group = try #require(try groups.makeGroup(named: "cpu-test"))
        #expect(group.apply(ControlGroupLimits(cpuPercent: 20, cpuWeight: 50)).isEmpty)
        let (process, input) = try shell("while :; do :; done")
        try group.add(process: process.processIdentifier)
        let began = ContinuousClock.now
        try input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8))
        while ContinuousClock.now - began < .seconds(1) { usleep(10_000) }
        let share =
            Self.cpuSeconds(process.processIdentifier)
            / ((ContinuousClock.now - began) / .seconds(1))
        _ = group.remove()
        process.waitUntilExit()
        #expect(share < 0.35, "it took \(share) of a core")
    }

    private static func cpuSeconds(_ process: Int32) -> Double {
        let stat = KernelControlGroupFiles().read("/proc/\(process)/stat") ?? ""
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12 else { return 0 }
        return ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0))
            / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
