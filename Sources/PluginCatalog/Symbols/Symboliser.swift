public import FunctionModel
internal import Platform

/// Says in source terms where plugins crashed, by asking a program of the system outside the host.
///
/// What was found is remembered by content hash and offset, so that a plugin that crashes in a loop
/// costs one look. At most two programs run at the same time; when too many wait, frames come back
/// as they were.
public actor Symboliser: FrameSymboliser {
    private struct Key: Hashable {
        var hash: String
        var address: UInt64
    }

    private let tool: SymbolTool?
    private let timeout: Duration
    private var known: [Key: SymbolPlace] = [:]
    private var running = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private(set) var looks = 0

    private static let knownLimit = 16_384
    private static let runningLimit = 2
    private static let waitingLimit = 64
    private static let frameLimit = 128

    /// Finds a tool for file and line; without one, names come from the images' symbol tables.
    public init(host: HostRelease = .current, timeout: Duration = .seconds(5)) {
        self.init(tool: SymbolTool.find(swiftRuntime: host.swiftRuntime), timeout: timeout)
    }

    /// The program that this machine has for file and line; `nil` when there is none.
    public static var toolPath: String? {
        SymbolTool.find(swiftRuntime: HostRelease.current.swiftRuntime)?.path
    }

    init(tool: SymbolTool?, timeout: Duration) {
        self.tool = tool
        self.timeout = timeout
    }

    /// Fills in what can be found of the frames in the plugin's own image.
    public func symbolise(
        _ frames: [StackFrame],
        imagePath: String,
        contentHash: String
    ) async -> [StackFrame] {
        let keys = frames.enumerated().map { index, frame in
            Key(hash: contentHash, address: Self.address(of: frame, at: index))
        }
        let own = zip(keys, frames).prefix(Self.frameLimit).filter { $1.image.isEmpty }.map(\.0)
        if own.contains(where: { known[$0] == nil }), await enter() {
            // Somebody may have found them while this call waited.
            let missing = Set(own.filter { known[$0] == nil }.map(\.address))
            if !missing.isEmpty { await look(missing.sorted(), imagePath, contentHash) }
            leave()
        }
        return zip(keys, frames).map { key, frame in
            guard frame.image.isEmpty, let place = known[key] else { return frame }
            var frame = frame
            frame.symbol = place.symbol ?? frame.symbol
            frame.location = place.location ?? frame.location
            return frame
        }
    }

    /// The address to look up: callers' frames hold the address they return to, which may lie in the
    /// next line, or even the next function.
    private static func address(of frame: StackFrame, at index: Int) -> UInt64 {
        index > 0 && frame.offset > 0 ? frame.offset - 1 : frame.offset
    }

    private func look(_ addresses: [UInt64], _ image: String, _ hash: String) async {
        looks += 1
        let found = await offload { [tool, timeout] in
            Self.find(addresses, image, tool, timeout)
        }
        if known.count + found.count > Self.knownLimit { known.removeAll() }
        for (address, place) in zip(addresses, found) {
            known[Key(hash: hash, address: address)] = place
        }
    }

    private static func find(
        _ addresses: [UInt64],
        _ image: String,
        _ tool: SymbolTool?,
        _ timeout: Duration
    ) -> [SymbolPlace] {
        var places: [SymbolPlace] = []
        do throws(SystemCallError) {
            places = try tool?.look(addresses, in: image, timeout: timeout) ?? []
        } catch {
            // The tool was removed; names are better than nothing.
        }
        if places.count != addresses.count {
            places = addresses.map { _ in SymbolPlace() }
        }
        guard places.contains(where: { $0.symbol == nil }), let table = table(image) else {
            return places
        }
        return zip(addresses, places).map { address, place in
            guard place.symbol == nil else { return place }
            return SymbolPlace(
                symbol: table.name(at: address).map(Demangling.readable),
                location: place.location
            )
        }
    }

    private static func table(_ image: String) -> SymbolTable? {
        do {
            let mapped = try MappedFile(try FileIO.open(image, .read))
            return try mapped.withBytes { (bytes) throws(ELFProblem) in try SymbolTable(bytes) }
        } catch {
            // The version was collected meanwhile: nothing is known of it any more.
            return nil
        }
    }

    // MARK: - At most two at the same time

    private func enter() async -> Bool {
        if running < Self.runningLimit {
            running += 1
            return true
        }
        guard waiting.count < Self.waitingLimit else { return false }
        await withCheckedContinuation { waiting.append($0) }
        return true
    }

    private func leave() {
        if waiting.isEmpty {
            running -= 1
        } else {
            // The place passes on.
            waiting.removeFirst().resume()
        }
    }
}
