internal import CLibCrypto

/// SHA-256 of bytes that arrive in pieces.
struct ContentHash: ~Copyable {
    private let context: OpaquePointer?
    private var isSound: Bool

    init() {
        unsafe context = EVP_MD_CTX_new()
        unsafe isSound = EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Takes in the next bytes.
    mutating func add(_ bytes: RawSpan) {
        let taken = unsafe bytes.withUnsafeBytes { buffer in
            unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count) == 1
        }
        isSound = isSound && taken
    }

    /// The hash of everything taken in, in hexadecimal; `nil` when the library has no SHA-256.
    consuming func finish() -> String? {
        var digest = [UInt8](repeating: 0, count: 32)
        let finished = unsafe digest.withUnsafeMutableBufferPointer { buffer in
            unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1
        }
        return isSound && finished ? digest.hexadecimal : nil
    }

    /// The hash of bytes at hand.
    static func of(_ bytes: [UInt8]) -> String? {
        var hash = ContentHash()
        hash.add(bytes.span.bytes)
        return hash.finish()
    }
}
