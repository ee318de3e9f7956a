internal import CCell

/// What a crash leaves behind, as a value: the handler's record with every address resolved.
struct CrashReport: Hashable {
    struct Frame: Hashable {
        /// Empty for the plugin's own image, else a library's base name.
        var image: String
        var offset: UInt64
        /// The nearest exported symbol of a library.
        var symbol: String
    }

    enum Cause: Hashable {
        case signal(Int32, stackOverflow: Bool)
        case abort
        case exit(code: Int32)
        /// It sent the process a signal that would have ended it.
        case raised(Int32)
    }

    var cause: Cause
    var address: UInt64
    /// Whether the system itself found the access impossible, and didn't say which address it was.
    var isUnnamedAccess = false
    /// What plugin, runtime or library said before.
    var said: String
    var frames: [Frame]

    /// Reads the record of a thread that has ended.
    init?(_ thread: UnsafeMutablePointer<cell_thread>) {
        let report = thread.pointee.report
        switch Int(report.kind) {
        case Int(CELL_FAULT):
            cause = .signal(report.signal, stackOverflow: report.stack_overflow != 0)
        case Int(CELL_ABORT): cause = .abort
        case Int(CELL_RAISED): cause = .raised(report.signal)
        case Int(CELL_EXIT): cause = .exit(code: report.exit_code)
        default: return nil
        }
        address = report.address
        isUnnamedAccess = report.signal_code == Self.kernelCode
        said = withUnsafeBytes(of: report.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let count = Int(report.frame_count)
        let addresses = withUnsafeBytes(of: report.frames) { bytes in
            Array(bytes.bindMemory(to: UInt64.self).prefix(count))
        }
        frames = addresses.map { Frame(address: $0, thread: thread) }
    }

    /// `SI_KERNEL`, as for addresses that no memory can have.
    private static let kernelCode: Int32 = 0x80

    init(cause: Cause, address: UInt64 = 0, said: String = "", frames: [Frame] = []) {
        self.cause = cause
        self.address = address
        self.said = said
        self.frames = frames
    }

    /// The frames that say something about the plugin: not those of the cell below and above it.
    func ownFrames(cell: String) -> [Frame] {
        let firstOwn = frames.firstIndex { $0.image.isEmpty } ?? 0
        let end = frames[firstOwn...].firstIndex { $0.image == cell } ?? frames.endIndex
        return Array(frames[..<end].drop { $0.image == cell })
    }
}

extension CrashReport.Frame {
    init(address: UInt64, thread: UnsafeMutablePointer<cell_thread>) {
        let value = thread.pointee
        if address >= value.text_low, address < value.text_high {
            self.init(image: "", offset: address - UInt64(value.image_base), symbol: "")
            return
        }
        var name = [CChar](repeating: 0, count: 256)
        var symbol = [CChar](repeating: 0, count: 256)
        var offset: UInt64 = 0
        let found = cell_image_describe(
            address,
            &name,
            name.count,
            &offset,
            &symbol,
            symbol.count
        )
        self.init(
            image: found == 0 ? Self.text(name) : "?",
            offset: found == 0 ? offset : address,
            symbol: Self.text(symbol)
        )
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
