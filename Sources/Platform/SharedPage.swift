internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// A page of words that two processes share; mapped here as long as this object lives.
///
/// The other process can write anything into it at any time, but can't change its size.
public final class SharedPage: @unchecked Sendable {  // The words are changed atomically only.
    /// The page's size in bytes.
    public static let size = 4_096
    private let words: UnsafeMutablePointer<UInt64>

    /// Makes a page of zeros and returns it with the descriptor for the other process.
    ///
    /// - Throws: `SystemCallError` when memory or descriptors are short.
    public static func make() throws(SystemCallError) -> (page: SharedPage, descriptor: Descriptor)
    {
        let raw = roost_memory_create("roost-slots", 0)
        guard raw >= 0 else { throw SystemCallError("memfd_create") }
        let memory = Descriptor(owning: raw)
        guard ftruncate(raw, off_t(size)) == 0 else { throw SystemCallError("ftruncate") }
        // Sealed before it is mapped or sent: a page cut short would kill whoever reads it.
        guard roost_memory_seal(raw, 0) == 0 else { throw SystemCallError("fcntl(F_ADD_SEALS)") }
        let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, raw, 0)
        guard let address, unsafe address != MAP_FAILED else { throw SystemCallError("mmap") }
        return (unsafe SharedPage(address), memory)
    }

    private init(_ address: UnsafeMutableRawPointer) {
        unsafe words = address.bindMemory(to: UInt64.self, capacity: Self.size / 8)
    }

    deinit { unsafe munmap(words, Self.size) }

    /// Loads the word at a byte offset.
    public func load(_ offset: Int) -> UInt64 { unsafe roost_atomic_load(word(offset)) }

    /// Stores the word at a byte offset.
    public func store(_ offset: Int, _ value: UInt64) {
        unsafe roost_atomic_store(word(offset), value)
    }

    /// Replaces the word at a byte offset; false when it held something else.
    public func exchange(_ offset: Int, _ expected: UInt64, _ desired: UInt64) -> Bool {
        unsafe roost_atomic_exchange(word(offset), expected, desired) != 0
    }

    /// Stores the 32-bit word at a byte offset.
    public func store32(_ offset: Int, _ value: UInt32) {
        precondition(offset % 4 == 0 && (0..<Self.size).contains(offset), "within the page")
        unsafe UnsafeMutableRawPointer(words).advanced(by: offset)
            .withMemoryRebound(to: UInt32.self, capacity: 1) {
                unsafe roost_atomic_store32($0, value)
            }
    }

    private func word(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
        precondition(offset % 8 == 0 && (0..<Self.size).contains(offset), "within the page")
        return unsafe words.advanced(by: offset / 8)
    }
}
