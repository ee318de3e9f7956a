internal import FunctionModel
internal import Platform

/// What a worker's channel tells the keeper of the cells.
enum WorkerNotice: Sendable {
    /// It is closed; every job has been told. With a suspect: it closed without a word while that ran.
    case closed(CellIncident.Suspect?)
    /// Its channel was closed before it was asked to end and before it said that it ends: the cell is
    /// ending.
    case vanished
    /// The cell broke the rules and has to go.
    case violated(CellIncident.Suspect, String)
    /// The cell didn't end what it should have ended, and has to go.
    case overdue(String)
    /// An invocation has asked for a file: it goes by the control channel.
    case handOver(Descriptor, sequence: UInt64, call: UInt32)
}
