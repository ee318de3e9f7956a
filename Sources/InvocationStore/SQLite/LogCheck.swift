internal import FunctionModel

internal import struct Foundation.Data
internal import class Foundation.FileManager
internal import struct Foundation.URL

/// Looks through the log (`-wal`) that a host which died left behind, before SQLite does.
///
/// SQLite takes the log up to the first frame that doesn't fit and forgets the rest in silence. That
/// is right for the tail of a commit that power cut off, which nobody was told of: it has one end
/// of a commit at most, since each was synced before the next began. With two or more beyond the
/// place, commits that were acknowledged are damaged.
///
/// The format is SQLite's ("WAL-mode File Format", section 4 of its page on the file format).
struct LogCheck {
    /// Frames that SQLite will take.
    private(set) var frames = 0
    /// Ends of commits beyond the first frame that doesn't fit.
    private(set) var commitsBeyond = 0

    /// Whether acknowledged commits are lost.
    var isDamaged: Bool { commitsBeyond > 1 }

    private static let headerSize = 32
    private static let frameHeaderSize = 24
    private static let magic: UInt32 = 0x377f_0682

    /// Looks through the log beside a database; `nil` when there is none.
    init?(beside path: String) throws {
        let log = path + "-wal"
        guard FileManager.default.fileExists(atPath: log) else { return nil }
        self.init(try Data(contentsOf: URL(filePath: log), options: .mappedIfSafe).span.bytes)
    }

    /// Looks through the bytes of a log.
    init(_ log: RawSpan) {
        guard log.byteCount > Self.headerSize else { return }
        let magic = log.word(0)
        let pageSize = Int(log.word(8))
        guard magic & ~1 == Self.magic, pageSize.nonzeroBitCount == 1,
            (512...65_536).contains(pageSize)
        else {
            // Which size its pages have isn't known any more: nothing can be told of them.
            commitsBeyond = 2
            return
        }
        var sum = Sum(isBigEndian: magic & 1 == 1)
        sum.add(log.extracting(0..<24))
        var fits = sum.matches(log, at: 24)
        let frameSize = Self.frameHeaderSize + pageSize
        // A damaged header may hold wrong salts: the first frame has them too.
        let salts = fits ? log.salts(at: 16) : log.salts(at: Self.headerSize + 8)
        var at = Self.headerSize
        while at + frameSize <= log.byteCount {
            let isCurrent = log.salts(at: at + 8) == salts
            if fits {
                sum.add(log.extracting(at..<(at + 8)))
                sum.add(log.extracting((at + Self.frameHeaderSize)..<(at + frameSize)))
                fits = isCurrent && sum.matches(log, at: at + 16)
            }
            if fits { frames += 1 } else if isCurrent, log.word(at + 4) != 0 { commitsBeyond += 1 }
            at += frameSize
        }
    }

    /// The checksum of logs, which runs on from frame to frame.
    private struct Sum {
        var isBigEndian: Bool
        var first: UInt32 = 0
        var second: UInt32 = 0

        mutating func add(_ bytes: RawSpan) {
            var at = 0
            while at + 8 <= bytes.byteCount {
                first &+= word(bytes, at) &+ second
                second &+= word(bytes, at + 4) &+ first
                at += 8
            }
        }

        func matches(_ log: RawSpan, at place: Int) -> Bool {
            log.word(place) == first && log.word(place + 4) == second
        }

        private func word(_ bytes: RawSpan, _ at: Int) -> UInt32 {
            isBigEndian ? bytes.word(at) : bytes.word(at).byteSwapped
        }
    }
}

extension RawSpan {
    /// Four bytes as a number, the first one the highest.
    fileprivate func word(_ at: Int) -> UInt32 {
        UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self))
    }

    /// The two words that tell the present log from what earlier ones left in the file.
    fileprivate func salts(at place: Int) -> UInt64 {
        unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
    }
}
