internal import CellProtocol

/// The executable's whole life; called by `main.swift`.
public enum CellMain {
    /// Shuts the process in, says hello, and serves until the host has gone.
    public static func run() -> Never {
        let control = ControlPort(descriptor: ControlChannel.descriptor)
        let cell = Cell(control: control)
        control.send(
            .hello(protocolVersion: ControlChannel.protocolVersion, enforced: [], missing: [])
        )
        cell.run()
    }
}
