/// The metrics of a host: what each is called, what it means, and which labels it has.
public enum MetricCatalogue {
    /// How a metric's values behave.
    public enum Kind: String, Sendable {
        /// Only rises.
        case counter
        /// Rises and falls.
        case gauge
        /// Counts values by size.
        case histogram
    }

    /// What is said of a metric.
    public struct Entry: Sendable, Hashable {
        /// The name on the page.
        public let name: String
        /// How its values behave.
        public let kind: Kind
        /// What it means, in a sentence.
        public let help: String
        /// Its labels, in the order of the page.
        public let labels: [String]
    }

    /// Every metric that a host has of its own.
    public static let entries: [Entry] = [
        counter(
            "roost_invocations_total",
            ["function", "trigger", "outcome"],
            "Invocations that have ended, by outcome."
        ),
        histogram("roost_invocation_duration_seconds", ["function"], "How long invocations ran."),
        histogram(
            "roost_queue_wait_seconds",
            ["function"],
            "How long invocations waited for a worker."
        ),
        counter("roost_cpu_seconds_total", ["function"], "CPU time of workers, in seconds."),
        gauge("roost_workers", ["function", "state"], "Workers that are alive, by what they do."),
        gauge("roost_queue_depth", ["function"], "Invocations that wait for a worker."),
        counter(
            "roost_rejections_total",
            ["function", "reason"],
            "Invocations that were not admitted, by reason."
        ),
        counter("roost_crashes_total", ["function", "kind"], "Crashes of functions, by kind."),
        counter(
            "roost_demotions_total",
            ["function"],
            "Moves of a crashing function into a cell of its own."
        ),
        gauge("roost_cells", ["kind"], "Cells that are alive, by kind."),
        gauge("roost_cell_images", [], "Images loaded into all cells."),
        counter("roost_cell_renewals_total", ["reason"], "Cells replaced, by reason."),
        counter(
            "roost_schedule_ticks_total",
            ["schedule", "fate"],
            "Ticks of schedules, by what became of them."
        ),
        counter(
            "roost_file_events_total",
            ["function", "kind"],
            "Changes seen in watched directories, by kind."
        ),
        counter(
            "roost_dead_letters_total",
            ["function", "reason"],
            "Events that were given up, by reason."
        ),
        gauge("roost_build_info", ["version"], "Always 1; the labels describe the build."),
        counter("process_cpu_seconds_total", [], "CPU time of the host's process, in seconds."),
        gauge("process_resident_memory_bytes", [], "Resident memory of the host's process."),
        gauge("process_virtual_memory_bytes", [], "Virtual memory of the host's process."),
        gauge("process_open_fds", [], "Open descriptors of the host's process."),
        gauge("process_max_fds", [], "The most descriptors that the host's process may open."),
        gauge("process_start_time_seconds", [], "When the host started, in seconds since 1970."),
    ]

    /// The upper bounds of histogram buckets, in seconds: 10 µs to 5 minutes.
    public static let buckets: [Double] = [
        0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01,
        0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
    ]

    static func entry(named name: String) -> Entry? { byName[name] }

    private static let byName = Dictionary(
        entries.map { ($0.name, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    private static func counter(_ name: String, _ labels: [String], _ help: String) -> Entry {
        Entry(name: name, kind: .counter, help: help, labels: labels)
    }

    private static func gauge(_ name: String, _ labels: [String], _ help: String) -> Entry {
        Entry(name: name, kind: .gauge, help: help, labels: labels)
    }

    private static func histogram(_ name: String, _ labels: [String], _ help: String) -> Entry {
        Entry(name: name, kind: .histogram, help: help, labels: labels)
    }
}
