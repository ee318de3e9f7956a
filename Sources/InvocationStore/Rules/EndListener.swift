internal import FunctionModel

/// Who hears of ends, and who takes what becomes ready.
///
/// A closure must not lie in a `Mutex` by itself: each look at it there writes it back behind one more
/// thunk, and after a million commits it calls through a million of them.
struct EndListener: Sendable {
    /// Called when the commit is durable.
    var tell: EndObserver = { _ in }
    /// Asked within the commit, told when it is durable.
    var taker: (any ReadyTaker)?
}
