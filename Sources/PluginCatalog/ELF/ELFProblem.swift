/// Why a file can't be read as a shared library of this machine.
enum ELFProblem: Error, Sendable, Hashable {
    /// It doesn't begin as an ELF file does.
    case notELF
    /// It says of itself that it is longer than it is.
    case truncated(needed: UInt64, present: UInt64)
    /// It is for machines of another kind than 64-bit little-endian ones.
    case foreign(architecture: String)
    /// What it says of itself doesn't hold together.
    case malformed(String)
}
