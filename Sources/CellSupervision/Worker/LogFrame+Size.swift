internal import CellProtocol

extension LogFrame {
    /// What a line counts: text, values, and a little for a line without either.
    var size: Int {
        metadata.reduce(message.count + 16) { $0 + $1.name.count + $1.value.count }
    }
}
