internal import Platform
internal import RoostCLI

/// What this machine can enforce.
enum MachineCheck {
    /// One item for each thing that a host wants of a machine.
    static func items() -> [CheckItem] { [] }
}
