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

    /// Makes a store that lasts as long as the process.
    public static func memory(
        now: @escaping @Sendable () -> WallTime,
        givenUp: @escaping GivenUp = { _ in [] }
    ) -> any DurableStore {
        MemoryStore(now: now, givenUp: givenUp)
    }
}
