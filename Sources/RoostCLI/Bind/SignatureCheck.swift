internal import ForeignSignatures

extension SignatureProposal {
    /// The most functions of a file.
    static let limit = SignatureFile.functionLimit

    /// What the host would say against a file; `nil` for nothing.
    static func problem(in text: String) -> String? {
        do throws(SignatureProblem) {
            _ = try SignatureFile(json: Array(text.utf8), name: "proposal")
            return nil
        } catch {
            return "\(error)"
        }
    }
}

/// A signature file by its name and its text.
enum SignatureDocument {
    /// Whether a file is one.
    static func isOne(_ name: String) -> Bool { SignatureFile.plugin(ofFile: name) != nil }

    /// A signature file and its library as one, which a host takes apart.
    static func image(_ signatures: [UInt8], with library: [UInt8]) -> [UInt8] {
        ForeignImage.head(signatures: signatures.count, library: library.count) + signatures
            + library
    }
}
