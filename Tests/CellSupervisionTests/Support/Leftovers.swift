import Glibc

/// What cells leave in this process: children, and descriptors that nothing else makes.
enum Leftovers {
    /// The processes below this one that run a program, ended ones that nobody took back included.
    static func children(named program: String) -> [Int32] {
        entries(of: "/proc").compactMap(Int32.init).filter { process in
            guard let text = contents(of: "/proc/\(process)/stat"),
                let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
            else { return false }
            let name = text[text.index(after: open)..<close]
            let fields = text[text.index(after: close)...].split(separator: " ")
            return name == program.prefix(15) && fields.count > 1 && fields[1] == "\(getpid())"
        }
    }

    /// The descriptors of this process for processes, images and slot pages.
    static func descriptors() -> [String] {
        entries(of: "/proc/self/fd").compactMap { name in
            var buffer = [CChar](repeating: 0, count: 256)
            let count = readlink("/proc/self/fd/\(name)", &buffer, buffer.count)
            guard count > 0 else { return nil }
            let target = String(
                decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)),
                as: UTF8.self
            )
            let isOfCells =
                target.contains("pidfd") || target.contains("memfd:roost")
                || target.contains("memfd:echo")
            return isOfCells ? target : nil
        }
    }

    /// How many descriptors this process has.
    static var descriptorCount: Int { entries(of: "/proc/self/fd").count }

    /// Whether a process is there, if only as an ended one.
    static func exists(_ process: Int) -> Bool { kill(pid_t(process), 0) == 0 }

    private static func entries(of directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func contents(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
