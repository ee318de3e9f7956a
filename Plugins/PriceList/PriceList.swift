import FunctionSDK

/// What became of the rows of a list.
struct Import: Codable, Equatable {
    var file: String
    var new = 0
    var changed = 0
    var same = 0
}

let priceList = Plugin(
    "price-list",
    summary: "Imports lists of prices that are dropped into a folder."
) {
    // One after the other, so that a later list has the last word; what was imported goes to `done`,
    // what has bad rows to `failed`, with the reason beside it.
    Function(
        "import",
        .files(
            "inbox",
            matching: "*.csv",
            parallelism: 1,
            afterwards: .move,
            largest: .mebibytes(16)
        ),
        summary: "Keeps the prices of `sku,cents` rows among its values."
    ) { (file: FileEvent, context) async throws -> Import in
        let rows = Rows(try await context.read(file))
        var result = Import(file: file.path)
        for (sku, cents) in rows.good {
            let before: Int? = try await context.state.value(sku)
            switch before {
            case cents: result.same += 1
            case nil: result.new += 1
            default: result.changed += 1
            }
            // Again after a crash it changes nothing: the file may come more than once.
            if before != cents { try await context.state.set(sku, to: cents) }
        }
        guard rows.bad.isEmpty else {
            // A status of 422 says that another attempt would find the same.
            throw FunctionError(
                status: 422,
                message: "\(rows.good.count) rows were imported, \(rows.bad.count) are bad: "
                    + rows.bad.prefix(20).joined(separator: "; ")
            )
        }
        context.logger.info(
            "\(result.new) new, \(result.changed) changed",
            metadata: ["file": file.path]
        )
        return result
    }
}

/// Exports the plugin.
@c(roost_plugin_pricelist) public func entry(_ host: HostAPI) -> PluginPointer? {
    priceList.export(to: host)
}
