internal import CPlatform

/// Makes readable names of mangled ones.
public enum Demangling {
    /// The readable form of a Swift symbol; other names come back as they are.
    public static func readable(_ symbol: String) -> String {
        guard symbol.hasPrefix("$s") || symbol.hasPrefix("$S") || symbol.hasPrefix("_T") else {
            return symbol
        }
        return unsafe withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            guard let start = unsafe buffer.bindMemory(to: CChar.self).baseAddress else {
                return symbol
            }
            let count = unsafe roost_demangle(symbol, start, 4_096)
            return count > 0 ? unsafe String(cString: start) : symbol
        }
    }
}
