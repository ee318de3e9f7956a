import Foundation
import SeededRandom
import Synchronization

/// Some kills of a watched directory in a row on one store, while files come, change, move and go, and
/// what the ledger outside says of them at the end.
struct FileKills {
    /// What came of some kills.
    struct Result: Codable, Equatable {
        var kills = 0
        /// Versions of files that were written whole.
        var versions = 0
        var files = 0
        var runs = 0
        var repeated = 0
        /// Sentences; none is what is wanted.
        var problems: [String] = []

        mutating func add(_ other: Result) {
            kills += other.kills
            versions += other.versions
            files += other.files
            runs += other.runs
            repeated += other.repeated
            problems += other.problems
        }
    }

    private static let places = [
        "beforeCommit", "afterCommit", "beforeSync", "claiming", "claimed", "settling", "settled",
    ]

    private let workshop: Workshop
    private var random: SeededGenerator
    private var result = Result()
    private let writer: FileWriter
    /// How often each attempt began.
    private var attempts: [String: Int] = [:]
    /// The invocations that told of each version.
    private var told: [String: Set<String>] = [:]

    private var store: String { workshop.directory.appending(path: "files.sqlite").path }
    private var directory: String { workshop.directory.appending(path: "in").path }

    /// Kills so often, and looks at what is left.
    static func run(_ count: Int, seed: UInt64) throws -> Result {
        var kills = try FileKills(seed: seed)
        defer { kills.workshop.remove() }
        while kills.result.kills < count { try kills.live() }
        try kills.finish()
        return kills.result
    }

    private init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        workshop = try Workshop()
        let directory = workshop.directory.appending(path: "in")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        writer = FileWriter(directory: directory.path, seed: seed)
    }

    /// One life, from its start to its kill, while somebody writes.
    private mutating func live() throws {
        let place = Bool.random(using: &random) ? Self.places.randomElement(using: &random) : nil
        let passes = Int.random(in: 1...12, using: &random)
        let moment = Int.random(in: 0...40, using: &random)
        writer.begin()
        var victim = try VictimProcess(
            [store, "files", directory],
            failpoint: place.map { "\($0):\(passes)" }
        )
        let isReady = victim.read(until: "ready", within: 10_000)
        let isOver = victim.read(until: nil, within: place == nil ? moment : 100)
        let status = victim.end(killing: !isOver)
        // What is written while nobody watches counts as well.
        if Bool.random(using: &random) { usleep(2_000) }
        writer.end()
        result.kills += 1
        if !isReady, place == nil { result.problems.append("it didn't begin within 10 s") }
        if status & 0x7f != SIGKILL {
            result.problems.append("it ended by itself: \(status), \(victim.lines.suffix(3))")
        }
        note(victim.lines)
    }

    private struct Event: Decodable {
        var id: String
        var path: String
        var kind: String
        var size: Int?
    }

    private mutating func note(_ lines: [Substring]) {
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 3)
            switch words.first {
            case "file-run" where words.count == 4:
                attempts["\(words[1])#\(words[2])", default: 0] += 1
                do {
                    let event = try JSONDecoder().decode(Event.self, from: Data(words[3].utf8))
                    told["\(event.path) \(event.size ?? -1) \(event.id)", default: []]
                        .insert(String(words[1]))
                } catch { result.problems.append("\(line): \(error)") }
            case "finding", "damage": result.problems.append(String(line))
            default: break
            }
        }
    }

    /// Lets the rest be handled, and compares the index with the directory and the ledger.
    private mutating func finish() throws {
        var victim = try VictimProcess([store, "files-finish", directory])
        guard victim.end(killing: false) == 0 else {
            return result.problems.append("the last life failed: \(victim.lines.suffix(3))")
        }
        note(victim.lines)
        check(files: victim.lines.filter { $0.hasPrefix("file ") })
    }

    private mutating func check(files lines: [Substring]) {
        var kept: [String: Substring] = [:]
        for line in lines { kept[String(line.split(separator: " ")[1])] = line }
        let versions = Set(
            told.keys.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        )
        for (path, size) in writer.present {
            if !versions.contains("\(path) \(size)") {
                result.problems.append("\(path) with \(size) bytes was never told")
            }
            let stands = kept[path]?.split(separator: " ").dropFirst(2)
            if stands.map({ $0.prefix(2).joined(separator: " ") }) != "done there",
                stands.map({ $0.prefix(2).joined(separator: " ") }) != "failed there"
            {
                result.problems.append("\(path): \(kept[path] ?? "unknown")")
            }
        }
        for (path, line) in kept where writer.present[path] == nil && line.contains(" there ") {
            result.problems.append("\(path) is gone, but: \(line)")
        }
        for version in versions {
            let size = Int(version.split(separator: " ").last ?? "") ?? 0
            if size >= 0, !writer.whole.contains(size) {
                result.problems.append("half-written: \(version)")
            }
        }
        for (event, ids) in told where ids.count > 1 {
            result.problems.append("\(event) was queued \(ids.count) times")
        }
        for (attempt, count) in attempts where count > 1 {
            result.problems.append("\(attempt) began \(count) times")
        }
        result.versions = writer.whole.count
        result.files = writer.present.count
        result.runs = attempts.count
        result.repeated = attempts.count - Set(attempts.keys.map { $0.prefix { $0 != "#" } }).count
    }
}

extension FileKills.Result {
    /// What came of it, in a few lines.
    func show(seed: UInt64) {
        print("SEED=\(seed): \(kills) kills of a watched directory")
        print("  \(versions) versions written, \(files) files at the end")
        print("  runs \(runs), of which repeated \(repeated)")
        print("  problems \(problems.count)")
        for problem in problems.prefix(20) { print("    \(problem)") }
    }
}

/// Somebody who writes, rewrites, renames and removes files, on a thread of his own.
///
/// Every version of a file has a size that no other has, so that the size names it.
final class FileWriter: @unchecked Sendable {
    // Unchecked: everything but `isWriting` belongs to one thread at a time, handed on by the semaphore.
    private let directory: String
    private var random: SeededGenerator
    private let isWriting = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)
    private var next = 1
    private var names = 0
    /// The files that are there, with the size of each.
    private(set) var present: [String: Int] = [:]
    /// The sizes of versions that were written whole.
    private(set) var whole: Set<Int> = []

    init(directory: String, seed: UInt64) {
        self.directory = directory
        random = SeededGenerator(seed: seed &+ 77)
    }

    func begin() {
        isWriting.store(true, ordering: .sequentiallyConsistent)
        Thread.detachNewThread { [self] in
            while isWriting.load(ordering: .sequentiallyConsistent) {
                act()
                usleep(300)
            }
            ended.signal()
        }
    }

    func end() {
        isWriting.store(false, ordering: .sequentiallyConsistent)
        ended.wait()
    }

    private func act() {
        let known = present.keys.sorted().randomElement(using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: write(newName())
        case 5: if let known { write(known) }
        case 6:
            // As editors do: beside, then over it.
            guard let known else { return }
            let size = write(".new", counts: false)
            if rename(".new", known) { present[known] = size }
        case 7:
            guard let known, let size = present[known] else { return }
            let name = newName()
            if rename(known, name) {
                present[known] = nil
                present[name] = size
            }
        case 8:
            guard let known, unlink("\(directory)/\(known)") == 0 else { return }
            present[known] = nil
        default:
            // A whole directory moved in.
            names += 1
            let (outside, name) = ("\(directory).\(names)", "d\(names)")
            mkdir(outside, 0o755)
            let size = write("../in.\(names)/f", counts: false)
            if Glibc.rename(outside, "\(directory)/\(name)") == 0 { present["\(name)/f"] = size }
        }
    }

    private func newName() -> String {
        names += 1
        return "f\(names)"
    }

    private func rename(_ name: String, _ other: String) -> Bool {
        Glibc.rename("\(directory)/\(name)", "\(directory)/\(other)") == 0
    }

    /// Writes a version in two steps, now and then with a pause between.
    @discardableResult
    private func write(_ name: String, counts: Bool = true) -> Int {
        let file = open("\(directory)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0 else { return 0 }
        // Never the half of another: an even number of tens and one.
        next += 2
        let size = next * 10 + 1
        let half = [UInt8](repeating: 0x61, count: size / 2)
        _ = Glibc.write(file, half, half.count)
        if Int.random(in: 0..<8, using: &random) == 0 { usleep(3_000) }
        let rest = [UInt8](repeating: 0x62, count: size - half.count)
        _ = Glibc.write(file, rest, rest.count)
        whole.insert(size)
        close(file)
        if counts { present[name] = size }
        return size
    }
}
