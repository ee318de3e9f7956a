import Foundation
import Glibc
import Testing

@testable import Platform

@Suite("Control groups of a fake kernel")
struct ControlGroupsTests {
    private let owner = ControlGroups.Owner(process: 4_000_001, start: 77)

    private func separate(_ root: String) throws -> (FakeControlGroups, ControlGroupMounts) {
        let files = FakeControlGroups(root: root)
        for name in ["memory", "cpu,cpuacct", "pids"] {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(name)",
                withIntermediateDirectories: true
            )
            try files.make("\(root)/\(name)/service")
        }
        let mounts = ControlGroupMounts(
            mounts: """
                31 23 0:28 / \(root) rw - tmpfs tmpfs rw
                32 31 0:29 / \(root)/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
                35 31 0:32 / \(root)/memory rw,relatime shared:4 - cgroup cgroup rw,memory
                39 31 0:36 /box \(root)/pids rw,relatime - cgroup cgroup rw,pids
                """,
            groups:
                "9:name=systemd:/\n8:pids:/box/service\n4:memory:/service\n1:cpu,cpuacct:/service\n"
        )
        return (files, mounts)
    }

    private func unified(
        _ root: String,
        processes: [Int32],
        controllers: String = "cpuset cpu io memory pids"
    ) throws -> (FakeControlGroups, ControlGroupMounts) {
        let files = FakeControlGroups(root: root)
        let group = "\(root)/unified/service"
        try FileManager.default.createDirectory(
            atPath: group,
            withIntermediateDirectories: true
        )
        try files.make(group)
        let procs = processes.map { "\($0)\n" }.joined()
        try procs.write(toFile: "\(group)/cgroup.procs", atomically: true, encoding: .utf8)
        try controllers.write(
            toFile: "\(group)/cgroup.controllers",
            atomically: true,
            encoding: .utf8
        )
        let mounts = ControlGroupMounts(
            mounts: "41 31 0:38 / \(root)/unified rw,relatime - cgroup2 cgroup2 rw",
            groups: "0::/service\n"
        )
        return (files, mounts)
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func putsSingleThreadsBehindAllOthersInVersionOne() throws {
        let scratch = try ScratchDirectory()
        let (files, mounts) = try separate(scratch.path)
        let groups = ControlGroups(mounts: mounts, owner: owner, files: files)
        let cpu = "\(scratch.path)/cpu,cpuacct/service"
        let yielding = "\(cpu)/\(owner.name).yielding"
        #expect(try text("\(yielding)/cpu.shares") == "102")
        let cell = try #require(try groups.makeGroup(named: "cell-7"))
        #expect(cell.movesThreads)
        let own = getpid()
        try cell.move(thread: own, yields: true)
        #expect(try text("\(yielding)/tasks").isEmpty, "it isn't in the group")
        try cell.add(process: own)
        try cell.move(thread: 1, yields: true)
        #expect(try text("\(yielding)/tasks").isEmpty, "it is another process's")
        try cell.move(thread: own, yields: true)
        #expect(try text("\(yielding)/tasks") == "\(own)")
        try cell.move(thread: own, yields: false)
        #expect(try text("\(cpu)/\(owner.name)/cell-7/tasks") == "\(own)")
        #expect(cell.remove())
        groups.close()
        #expect(!FileManager.default.fileExists(atPath: yielding))
    }

    @Test func leavesThreadsWhereTheyAreInVersionTwo() throws {
        let scratch = try ScratchDirectory()
        let (files, mounts) = try unified(scratch.path, processes: [owner.process])
        let groups = ControlGroups(mounts: mounts, owner: owner, files: files)
        let cell = try #require(try groups.makeGroup(named: "cell-7"))
        #expect(cell.controllers.contains(.cpu))
        #expect(!cell.movesThreads)
    }

    @Test func writesLimitsOfVersionOne() throws {
        let scratch = try ScratchDirectory()
        let (files, mounts) = try separate(scratch.path)
        let groups = ControlGroups(mounts: mounts, owner: owner, files: files)
        #expect(groups.controllers == [.memory: .one, .cpu: .one, .pids: .one])
        #expect(groups.apply(ControlGroupLimits(memory: 1 << 30)).isEmpty)
        let cell = try #require(try groups.makeGroup(named: "cell-7"))
        let limits = ControlGroupLimits(
            memory: 64 << 20,
            processes: 100,
            cpuPercent: 50,
            cpuWeight: 400
        )
        #expect(cell.apply(limits).isEmpty)
        try cell.add(process: 123)
        let (memory, cpu, pids) = (
            "\(scratch.path)/memory/service/\(owner.name)",
            "\(scratch.path)/cpu,cpuacct/service/\(owner.name)/cell-7",
            "\(scratch.path)/pids/service/\(owner.name)/cell-7"
        )
        #expect(try text("\(memory)/memory.limit_in_bytes") == "\(1 << 30)")
        #expect(try text("\(memory)/cell-7/memory.limit_in_bytes") == "\(64 << 20)")
        #expect(try text("\(cpu)/cpu.cfs_quota_us") == "50000")
        #expect(try text("\(cpu)/cpu.shares") == "4096")
        #expect(try text("\(pids)/pids.max") == "100")
        #expect(cell.processes == [123])
    }

    @Test func movesTheHostIntoALeafOfVersionTwo() throws {
        let scratch = try ScratchDirectory()
        let (files, mounts) = try unified(scratch.path, processes: [owner.process])
        let groups = ControlGroups(mounts: mounts, owner: owner, files: files)
        let service = "\(scratch.path)/unified/service"
        #expect(groups.controllers == [.memory: .two, .cpu: .two, .pids: .two])
        #expect(groups.missing.isEmpty)
        #expect(try text("\(service)/cgroup.procs").isEmpty)
        #expect(try text("\(service)/\(owner.name).host/cgroup.procs") == "\(owner.process)\n")
        #expect(try text("\(service)/cgroup.subtree_control") == "cpu memory pids")
        let cell = try #require(try groups.makeGroup(named: "cell-1"))
        #expect(cell.apply(ControlGroupLimits(memory: 5, cpuPercent: 150, cpuWeight: 40)).isEmpty)
        #expect(try text("\(service)/\(owner.name)/cell-1/cpu.max") == "150000 100000")
        #expect(try text("\(service)/\(owner.name)/cell-1/memory.max") == "5")
        #expect(cell.remove())
        groups.close()
        #expect(try text("\(service)/cgroup.procs") == "\(owner.process)\n")
        #expect(files.groups(in: service).isEmpty)
    }

    @Test func saysWhyAGroupWithOthersCanNotBeDivided() throws {
        let scratch = try ScratchDirectory()
        let (files, mounts) = try unified(scratch.path, processes: [owner.process, 5])
        let groups = ControlGroups(mounts: mounts, owner: owner, files: files)
        #expect(groups.controllers.isEmpty)
        let reason = try #require(groups.missing[.memory])
        #expect(reason.contains("Delegate=yes"), "\(reason)")
        #expect(reason.contains("other processes"), "\(reason)")
        let service = "\(scratch.path)/unified/service"
        let processes = try text("\(service)/cgroup.procs").split(separator: "\n").sorted()
        #expect(processes == ["4000001", "5"])
        #expect(files.groups(in: service).isEmpty)
        #expect(try groups.makeGroup(named: "cell-1") == nil)
    }

    @Test func usesWhatCanBeWrittenAndSaysWhatCanNot() throws {
        let scratch = try ScratchDirectory()
        let (_, mounts) = try separate(scratch.path)
        let files = FakeControlGroups(
            root: scratch.path,
            readOnly: ["\(scratch.path)/memory"]
        )
        let groups = ControlGroups(mounts: mounts, owner: owner, files: files)
        #expect(Set(groups.controllers.keys) == [.cpu, .pids])
        #expect(groups.missing[.memory]?.contains("Permission denied") == true)
    }

    @Test func namesControllersThatTheKernelDoesNotOffer() throws {
        let scratch = try ScratchDirectory()
        let (files, mounts) = try unified(scratch.path, processes: [], controllers: "cpu pids")
        let groups = ControlGroups(mounts: mounts, owner: owner, files: files)
        #expect(Set(groups.controllers.keys) == [.cpu, .pids])
        #expect(groups.missing[.memory]?.contains("'memory'") == true)
    }

    @Test func collectsWhatADeadHostLeftAndNothingElse() throws {
        let scratch = try ScratchDirectory()
        let (files, mounts) = try separate(scratch.path)
        let base = "\(scratch.path)/memory/service"
        let alive = try #require(
            files.read("/proc/self/stat").flatMap(ControlGroups.Owner.start(stat:))
        )
        let living = ControlGroups.Owner(process: getpid(), start: alive).name
        let reused = ControlGroups.Owner(process: getpid(), start: alive &+ 1).name
        let dead = ControlGroups.Owner(process: 4_194_400, start: 9).name
        for name in [living, reused, dead, "\(dead)/cell-3", "somebody-else"] {
            try files.make("\(base)/\(name)")
        }
        try files.write("321", to: "\(base)/\(dead)/cell-3/cgroup.procs")
        let groups = ControlGroups(mounts: mounts, owner: owner, files: files)
        #expect(groups.collected == 2)
        #expect(files.kills == [321])
        #expect(Set(files.groups(in: base)) == [living, "somebody-else", owner.name])
        groups.close()
        #expect(Set(files.groups(in: base)) == [living, "somebody-else"])
    }

    @Test func tellsItsOwnCeilingFromTheBudgetOfAll() throws {
        let scratch = try ScratchDirectory()
        let (files, mounts) = try separate(scratch.path)
        let groups = ControlGroups(mounts: mounts, owner: owner, files: files)
        let cell = try #require(try groups.makeGroup(named: "cell-1"))
        cell.apply(ControlGroupLimits(memory: 1 << 30))
        let directory = "\(scratch.path)/memory/service/\(owner.name)/cell-1"
        try files.write(
            "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
            to: "\(directory)/memory.oom_control"
        )
        try files.write("0\n", to: "\(directory)/memory.failcnt")
        try files.write("990\n", to: "\(directory)/memory.max_usage_in_bytes")
        #expect(cell.memory.kills == 1)
        #expect(!cell.memory.exceededOwnLimit)
        try files.write("3\n", to: "\(directory)/memory.failcnt")
        #expect(cell.memory.exceededOwnLimit)
        #expect(cell.remove())
        #expect(cell.memory.peak == 990, "it is known after the group has gone")
        #expect(cell.memory.limit == 1 << 30)
    }
}
