/// Stands for one worker from the moment it is asked for; told apart by identity.
final class WorkerLink: Sendable {
    let pool: PoolID
    /// Its place in the pool.
    let index: Int

    init(pool: PoolID, index: Int) {
        self.pool = pool
        self.index = index
    }
}
