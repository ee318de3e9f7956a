public import FunctionModel

/// The ways to a store.
public enum Stores {
    /// Opens a store in a SQLite file, or creates it; its directory must exist.
    ///
    /// - Throws: `unusable` with the reason when the file isn't a store of this program's, or the
    ///   system can't keep the store's promises there.
    public static func file(
        _ path: String,
        now: @escaping @Sendable () -> WallTime,
        givenUp: @escaping GivenUp = { _ in [] }
    ) throws(StoreError) -> any DurableStore & StoreUpkeep {
        try SQLiteStore(path: path, now: now, givenUp: givenUp)
    }

    /// Opens a store that is there to look at it, also while a host has it: nothing in it is changed.
    ///
    /// - Throws: `unusable` with the reason when the file isn't a store, or an older program's.
    public static func reading(
        _ path: String,
        now: @escaping @Sendable () -> WallTime
    ) throws(StoreError) -> any StoreUpkeep {
        try SQLiteStore(reading: path, now: now)
    }

    /// Makes a store that lasts as long as the process.
    public static func memory(
        now: @escaping @Sendable () -> WallTime,
        givenUp: @escaping GivenUp = { _ in [] }
    ) -> any DurableStore {
        MemoryStore(now: now, givenUp: givenUp)
    }
}
