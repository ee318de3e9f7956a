import Platform
import Testing

/// Spawning with real processes; `sh` is the child.
@Suite struct SpawnerTests {
    private func run(
        _ script: String,
        environment: [String: String] = [:]
    ) throws -> (output: String, end: ChildProcess.End) {
        let control = try SocketPair(.packets)
        let pipe = try OutputPipe()
        let poll = try EventPoll()
        let child = try spawn(script, environment, control, pipe)
        try poll.add(child.ended, token: 1)
        #expect(poll.wait(milliseconds: 20_000).map(\.token) == [1], "the child ends")
        var output: [UInt8] = []
        while case .bytes(let bytes) = OutputPipe.read(pipe.near) { output += bytes }
        let end = try #require(child.reap())
        return (String(decoding: output, as: UTF8.self), end)
    }

    private func spawn(
        _ script: String,
        _ environment: [String: String],
        _ control: SocketPair,
        _ pipe: OutputPipe
    ) throws -> ChildProcess {
        try Spawner.spawn(
            "/bin/sh",
            arguments: ["-c", script],
            environment: environment,
            control: control.far,
            output: pipe.far
        )
    }

    @Test func opensNothingButTheFour() throws {
        // `ls` itself holds one more: the directory it reads, the last.
        let (output, _) = try run("ls /proc/self/fd")
        #expect(output.split(separator: "\n") == ["0", "1", "2", "3", "4"])
    }

    @Test func handsOverOnlyTheGivenEnvironment() throws {
        let (output, _) = try run("/usr/bin/env", environment: ["ROOST_CELL_KIND": "shared"])
        let names = Set(output.split(separator: "\n").compactMap { $0.split(separator: "=").first })
        #expect(names.contains("ROOST_CELL_KIND"))
        #expect(names.isSubset(of: ["ROOST_CELL_KIND", "PWD", "SHLVL", "_", "OLDPWD"]))
    }

    @Test func gathersBothOutputsAndHasNoInput() throws {
        let (output, end) = try run("cat; echo out; echo err >&2; exit 7")
        #expect(output == "out\nerr\n")
        #expect(end == .exited(code: 7))
    }

    @Test func tellsTheSignalThatEndedAChild() throws {
        let (_, end) = try run("kill -TERM $$")
        #expect(end == .signaled(number: 15))
        #expect(end.description.contains("signal 15"))
    }

    @Test func killsAChildThatWouldStay() throws {
        let control = try SocketPair(.packets)
        let pipe = try OutputPipe()
        let poll = try EventPoll()
        let child = try spawn("while :; do :; done", [:], control, pipe)
        #expect(child.reap() == nil)
        try poll.add(child.ended, token: 1)
        child.kill()
        #expect(poll.wait(milliseconds: 20_000).count == 1)
        #expect(child.reap() == .signaled(number: 9))
    }

    @Test func saysWhichProgramCantBeRun() throws {
        let control = try SocketPair(.packets)
        let pipe = try OutputPipe()
        let error = #expect(throws: SystemCallError.self) {
            _ = try Spawner.spawn(
                "/nowhere/roost-cell",
                environment: [:],
                control: control.far,
                output: pipe.far
            )
        }
        #expect(error?.description.contains("/nowhere/roost-cell") == true)
    }
}
