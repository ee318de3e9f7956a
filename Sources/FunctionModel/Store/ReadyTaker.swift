/// Takes what becomes ready in the very commit that makes it so: nothing has to wait for a second one.
///
/// Implemented by `TriggerQueue`; a store asks it on the thread of its writer.
public protocol ReadyTaker: Sendable {
    /// Says what to claim of functions that get something ready by the commit under way.
    ///
    /// Never waits. The commit may still fail, or be asked about once more.
    ///
    /// - Parameters:
    ///   - functions: What gets something ready.
    ///   - count: How many at most; `nil` for as many as are claimed at a time.
    /// - Returns: The claim; `nil` for nothing.
    func wish(for functions: Set<FunctionName>, upTo count: Int?) -> ClaimRequest?

    /// The commit outlasts the process; unless it was prompt, the disk has it as well.
    ///
    /// Never waits.
    ///
    /// - Parameters:
    ///   - functions: What got something ready.
    ///   - taken: What was claimed of it; `nil` for nothing.
    func ready(_ functions: Set<FunctionName>, _ taken: TakenReady?)
}

/// What was claimed in the commit that made it ready.
public struct TakenReady: Sendable {
    /// What was wished for.
    public var request: ClaimRequest
    /// What came of it.
    public var report: ClaimReport
    /// Whether all that became ready was looked at; ticks claim only what they begin themselves.
    public var isOfAll = true

    /// Joins a wish with its answer.
    public init(_ request: ClaimRequest, _ report: ClaimReport) {
        self.request = request
        self.report = report
    }
}
