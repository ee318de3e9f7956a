internal import CellProtocol
internal import FunctionModel

extension WorkerChannelState {
    /// What bounds a channel.
    struct Limits {
        /// Host calls without an answer, of one invocation.
        var openCalls = 64
        /// Bytes of a response before credit has been granted.
        var initialCredit = StreamWindow.bytes
        /// Credit is sent in portions of at least so much: a worker that writes byte by byte and
        /// reads nothing must not fill the host with credit frames.
        var creditPortion = StreamWindow.bytes / 4
        /// Log frames that one invocation, or the worker outside of any, may send after its
        /// limit was reached: no honest cell comes near.
        var logFlood = 16 << 20
        /// Log lines that are kept from outside of any invocation, from one end to the next.
        var startLog = 256 << 10
    }
}
