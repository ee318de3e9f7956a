internal import CCell
internal import CFunctionABI
internal import ForeignCalls
internal import ForeignSignatures
internal import Glibc

// Images that hold a signature file and a C library instead of a plugin.
extension Worker {
    /// Loads the library of such an image; gives back what makes a plugin of it, or `nil` for other
    /// images.
    func openForeign() throws(LoadRefusal) -> (() -> UnsafePointer<roost_plugin>?)? {
        var status = stat()
        guard fstat(image, &status) == 0,
            let head = read(0..<ForeignImage.headCount),
            let parts = ForeignImage.parts(head.span, size: Int(status.st_size)),
            let json = read(parts.signatures)
        else { return nil }
        var loaded = cell_image()
        let library = try open(json, parts.library, &loaded)
        adopt(loaded)
        let made: ForeignPlugin
        do throws(ForeignRefusal) {
            made = try ForeignPlugin(signatures: json, name: plugin) { name in
                var address: UnsafeMutableRawPointer?
                switch cell_image_find(&loaded, name, &address) {
                case 1: return address.map(ForeignPlugin.Symbol.function) ?? .missing
                case 2: return .variable
                default: return .missing
                }
            }
        } catch {
            let says = error.words.hasPrefix(library) ? "" : "\(library): "
            throw LoadRefusal(kind: error.kind, text: says + error.words)
        }
        return { ForeignTable.make(made) }
    }

    /// Loads the library that the signatures are of; returns its name.
    private func open(
        _ json: [UInt8],
        _ library: Range<Int>,
        _ loaded: inout cell_image
    ) throws(LoadRefusal) -> String {
        let file: SignatureFile
        do throws(SignatureProblem) {
            file = try SignatureFile(json: json, name: plugin)
        } catch {
            throw LoadRefusal(kind: "badSignature", text: "\(plugin): \(error)")
        }
        var reason = [CChar](repeating: 0, count: 1_024)
        let name = file.library.name
        let result =
            switch file.library {
            case .system:
                cell_image_open_system(name, &loaded, &reason, reason.count)
            case .file:
                cell_image_open_part(
                    image,
                    library.lowerBound,
                    library.count,
                    &loaded,
                    &reason,
                    reason.count
                )
            }
        guard result == 0 else { throw LoadRefusal(loader: reason, plugin: name) }
        return name
    }

    /// Reads a part of the image; `nil` where it is shorter.
    private func read(_ range: Range<Int>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < range.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                pread(
                    image,
                    buffer.baseAddress.map { $0 + done },
                    range.count - done,
                    off_t(range.lowerBound + done)
                )
            }
            guard count > 0 else { return nil }
            done += count
        }
        return bytes
    }
}
