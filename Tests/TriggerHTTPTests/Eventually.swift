import Testing

/// Waits until a claim holds, for at most ten seconds.
func eventually(_ claim: () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while !claim() {
        try #require(ContinuousClock.now < end)
        await Task.yield()
    }
}
