internal import ForeignSignatures

extension SignatureProposal {
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

    /// The library that stands beside it; `nil` where it names none, or can't be read.
    static func library(_ bytes: [UInt8], _ name: String) -> String? {
        do throws(SignatureProblem) {
            let signatures = try SignatureFile(json: bytes, name: name)
            guard case .file(let library) = signatures.library else { return nil }
            return library
        } catch {
            return nil
        }
    }
}
