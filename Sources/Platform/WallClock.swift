#if canImport(Glibc)
internal import Glibc
#endif

/// The time of day.
public enum WallClock {
    /// Nanoseconds since 1970.
    public static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Seconds since 1970.
    public static var now: Double { Double(nanoseconds) / 1e9 }
}
