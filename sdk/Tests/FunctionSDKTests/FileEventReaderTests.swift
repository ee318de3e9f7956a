import FoundationEssentials
import Testing

@testable import FunctionSDK

@Suite struct FileEventReaderTests {
    private static let whole =
        #"{"id":"5f0c","path":"b/a \#u{e4}.csv","kind":"changed","directory":"/srv/in","rawPath":"62ff","#
        + #""size":12,"modifiedNanoseconds":-3,"inode":18446744073709551615,"foundNanoseconds":0}"#

    private func read(_ bytes: [UInt8]) -> FileEvent? {
        bytes.withUnsafeBytes { FileEventReader.read($0) }
    }

    private func decode(_ bytes: [UInt8]) -> FileEvent? {
        do { return try JSON.decoder.decode(FileEvent.self, from: Data(bytes)) } catch {
            return nil
        }
    }

    @Test(arguments: [
        whole, #"{"path":"a","kind":"removed"}"#,
        #"{"kind":"added","path":"","id":"","size":9223372036854775807}"#,
    ])
    func readsWhatHostsWriteAsTheDecoderDoes(text: String) throws {
        let event = try #require(read(Array(text.utf8)))
        #expect(event == decode(Array(text.utf8)))
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"path":"a"}"#, #"{"path":"a","kind":"eaten"}"#,
        #"{"path":"a","kind":"added"} "#, #"{ "path":"a","kind":"added"}"#,
        #"{"path":"a\\n","kind":"added"}"#, #"{"path":"a","kind":"added","more":1}"#,
        #"{"path":"a","path":"b","kind":"added"}"#, #"{"path":"a","kind":"added","size":1.0}"#,
        #"{"path":"a","kind":"added","size":01}"#, #"{"path":"a","kind":"added","size":null}"#,
        #"{"path":"a","kind":"added","inode":-1}"#, #"{"path":"a","kind":"added","size":}"#,
        #"{"path":"a","kind":"added","size":9223372036854775808}"#,
        #"{"path":"a","kind":"added",}"#,
    ])
    func leavesEverythingElseToTheDecoder(text: String) {
        #expect(read(Array(text.utf8)) == nil)
    }

    /// The decoder is the oracle: whatever is read here it reads the same.
    @Test func neverReadsAnythingTheDecoderReadsOtherwise() {
        var word: UInt64 = 20_261_122
        func next(_ count: Int) -> Int {
            word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(word >> 33) % count
        }
        let signs =
            Array(#"{}[]":,.\-+e0123456789 abpathkindsize"#.utf8) + [0, 9, 0x80, 0xc3, 0xff]
        var met = 0
        for _ in 0..<20_000 {
            var bytes = Array(Self.whole.utf8)
            for _ in 0...next(3) {
                switch next(3) {
                case 0: bytes[next(bytes.count)] = signs[next(signs.count)]
                case 1: bytes.insert(signs[next(signs.count)], at: next(bytes.count))
                default: bytes.remove(at: next(bytes.count))
                }
            }
            guard let event = read(bytes) else { continue }
            met += 1
            #expect(event == decode(bytes), "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(met > 1_000)
    }
}
