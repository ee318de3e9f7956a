internal import FoundationEssentials

#if canImport(Glibc)
internal import Glibc
#endif

/// The figures of this process that every Prometheus client has, from `/proc` (proc(5)).
struct ProcessFigures: Sendable {
    private let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    private let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))

    /// Hands over each figure that this system gives; the others are left out.
    func read(_ take: (String, Double) -> Void) {
        if let stat = Self.contents("/proc/self/stat"), let fields = Self.fields(ofStat: stat) {
            take("process_cpu_seconds_total", (fields.user + fields.system) / ticksPerSecond)
            take("process_virtual_memory_bytes", fields.virtualBytes)
            take("process_resident_memory_bytes", fields.residentPages * pageSize)
            if let system = Self.contents("/proc/stat"), let boot = Self.bootTime(ofStat: system) {
                take("process_start_time_seconds", boot + fields.startTicks / ticksPerSecond)
            }
        }
        do {
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            // The directory itself was open while it was read.
            take("process_open_fds", Double(max(open - 1, 0)))
        } catch {
            // Without /proc there is nothing to say.
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            take("process_max_fds", Double(limit.rlim_cur))
        }
    }

    struct Fields: Equatable {
        var user: Double
        var system: Double
        var startTicks: Double
        var virtualBytes: Double
        var residentPages: Double
    }

    /// Reads a line of `/proc/PID/stat`; the name in it may hold anything, so it is cut at the last
    /// parenthesis.
    static func fields(ofStat line: String) -> Fields? {
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        // The first one here is the state, field 3 of proc(5).
        func number(_ field: Int) -> Double? {
            fields.indices.contains(field - 3) ? Double(fields[field - 3]) : nil
        }
        guard let user = number(14), let system = number(15), let start = number(22),
            let virtual = number(23), let resident = number(24)
        else { return nil }
        return Fields(
            user: user,
            system: system,
            startTicks: start,
            virtualBytes: virtual,
            residentPages: resident
        )
    }

    /// Reads `btime` of `/proc/stat`.
    static func bootTime(ofStat text: String) -> Double? {
        for line in text.split(separator: "\n") where line.hasPrefix("btime ") {
            return Double(line.dropFirst(6))
        }
        return nil
    }

    private static func contents(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
