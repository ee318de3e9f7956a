internal import CellProtocol
internal import FunctionModel
internal import Platform

/// One cell's process with its control channel, as the keeper's thread holds it.
final class CellProcess {
    /// What it is there for, beside what the pool decides.
    enum Role {
        /// Known to the pool.
        case pooled
        /// For one probe; `nil` until it has got it.
        case probe(ProbeRequest?)
    }

    /// A packet that waits for room in the socket.
    struct Outgoing {
        var packet: [UInt8]
        var descriptors: [Descriptor]
    }

    /// Packets taken in one turn, so that one cell can't keep the thread for itself.
    static let packetsPerTurn = 16

    let id: Int
    let child: ChildProcess
    let control: ControlSocket
    let output: Descriptor
    var role: Role
    var workers: [UInt32: CellWorker] = [:]
    var lines: OutputLines
    /// What ended workers have left in it.
    var left = LeftBehind()
    /// How often one has.
    var leftovers = 0
    var outgoing: [Outgoing] = []
    /// What the sandbox holds, once it has said hello.
    var sandbox: (enforced: [String], missing: [String])?
    /// Its control group, where it has one.
    var group: ControlGroup?
    /// Whether it holds one plugin only.
    var isDedicated = false
    /// The most workers that it has held at a time.
    var mostWorkers = 0
    /// What the host holds it to from outside, beside its group.
    var limitsOfHost: [String] = []
    /// Reports that were asked for and have not come.
    var reportsOpen = 0
    var taints = 0
    /// Packets since the last tick.
    var packets = 0
    /// Who ran in it when its channels closed without a word.
    var suspects: [CellIncident.Suspect] = []
    /// Whose worker broke the protocol.
    var culprit: CellIncident.Suspect?
    /// Whether the host ended it, and why.
    var condemned: String?
    /// Whether it left unanswered what a cell in order answers.
    var isHung = false
    /// Whether its end has been taken from the system.
    var isReaped = false
    var outputIsOpen = true
    var controlIsOpen = true

    init(
        id: Int,
        child: ChildProcess,
        control: ControlSocket,
        output: Descriptor,
        role: Role,
        now: Duration
    ) {
        self.id = id
        self.child = child
        self.control = control
        self.output = output
        self.role = role
        lines = OutputLines(now: now)
    }

    /// Sends a message, or keeps it until there is room.
    ///
    /// - Returns: whether it waits.
    /// - Throws: `SystemCallError` when the system refuses it for good.
    func send(
        _ message: HostMessage,
        descriptors: [Descriptor] = []
    ) throws(SystemCallError) -> Bool {
        outgoing.append(Outgoing(packet: message.encoded(), descriptors: descriptors))
        return try flush()
    }

    /// Sends what waits; returns whether something still does.
    func flush() throws(SystemCallError) -> Bool {
        var count = 0
        defer { outgoing.removeFirst(count) }
        for next in outgoing {
            switch try control.send(next.packet, descriptors: next.descriptors) {
            case .sent: count += 1
            case .wouldBlock: return true
            case .closed:
                // Its end is told by its process; what waits goes nowhere.
                count = outgoing.count
                return false
            }
        }
        return false
    }
}

/// Tells the descriptors of all cells apart in the keeper's poll.
struct CellToken {
    enum Part: UInt64 {
        case control = 0
        case output = 1
        case ended = 2
    }

    let cell: Int
    let part: Part

    init(_ cell: Int, _ part: Part) {
        self.cell = cell
        self.part = part
    }

    init?(rawValue: UInt64) {
        guard let part = Part(rawValue: rawValue & 3) else { return nil }
        self.init(Int(rawValue >> 2), part)
    }

    var rawValue: UInt64 { UInt64(cell) << 2 | part.rawValue }
}
