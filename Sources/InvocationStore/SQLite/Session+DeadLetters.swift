internal import FunctionModel
internal import GRDB

extension Session {
    /// Lists dead letters, oldest first; damaged ones are listed as such.
    func deadLetters(
        function: FunctionName?,
        after: PageCursor?,
        limit: Int
    ) throws -> Page<DeadLetter> {
        let limit = StoreBounds.page(limit)
        let start = after.flatMap { Int64($0.text) } ?? 0
        let entries =
            if let function {
                try EntryRow.fetch(
                    database,
                    where: "phase = 5 and function = ? and sequence > ? order by sequence limit ?",
                    [function.description, start, limit + 1]
                )
            } else {
                try EntryRow.fetch(
                    database,
                    where: "phase = 5 and sequence > ? order by sequence limit ?",
                    [start, limit + 1]
                )
            }
        let shown = entries.prefix(limit)
        let letters = try shown.compactMap { try letter($0) }
        let isMore = entries.count > limit
        var page = Page(
            letters,
            next: isMore ? shown.last.map { PageCursor("\($0.sequence)") } : nil
        )
        page.damaged = shown.count - letters.count
        return page
    }

    /// A dead letter with its payload, unless that is damaged.
    func deadLetter(_ id: InvocationID) throws -> DeadLetter? {
        guard let entry = try entry(id), entry.delivery.phase == .dead,
            var letter = try letter(entry)
        else { return nil }
        do { letter.invocation = try Payload.fetch(database, of: entry) } catch is StoreError {
            letter.reason = .corrupt
        }
        return letter
    }

    /// Queues what is to run because the store has given up an invocation by itself.
    mutating func followUp(_ entry: EntryRow) throws {
        guard entry.delivery.phase == .dead, entry.isIntact, let letter = try deadLetter(entry.id)
        else { return }
        try enqueue(followUps: givenUp(letter))
    }

    /// Queues dead letters again; those whose payload is damaged stay.
    mutating func redrive(_ selection: DeadLetterSelection, _ redrive: Redrive) throws -> Int {
        var time = now + redrive.delay
        var count = 0
        for var entry in try selected(selection, limit: redrive.limit) {
            guard entry.isIntact, entry.delivery.isRedrivable, try isReadable(entry) else {
                continue
            }
            let isBlocked = try isBlocked(
                entry.function,
                entry.orderingKey,
                except: entry.sequence
            )
            entry.delivery.redrive(redrive, at: time, now: now, isBlocked: isBlocked)
            try store(entry, was: .dead)
            try database.run("delete from results where id = ?", [entry.id.data])
            time = time + redrive.spacing
            count += 1
        }
        return count
    }

    /// Removes dead letters for good.
    mutating func purge(_ selection: DeadLetterSelection, limit: Int) throws -> Int {
        let entries = try selected(selection, limit: limit)
        for entry in entries { try remove(entry) }
        return entries.count
    }

    /// Removes everything that is kept of an entry.
    mutating func remove(_ entry: EntryRow) throws {
        try database.run("delete from entries where sequence = ?", [entry.sequence])
        try database.run("delete from payloads where sequence = ?", [entry.sequence])
        try database.run("delete from results where id = ?", [entry.id.data])
        books.leave(entry.function, entry.delivery.phase)
    }

    private func selected(_ selection: DeadLetterSelection, limit: Int) throws -> [EntryRow] {
        let limit = StoreBounds.page(limit)
        switch selection {
        case .ids(let ids):
            return try ids.prefix(limit).compactMap { id in
                try entry(id).flatMap { $0.delivery.phase == .dead ? $0 : nil }
            }
        case .function(let function):
            return try EntryRow.fetch(
                database,
                where: "phase = 5 and function = ? order by sequence limit ?",
                [function.description, limit]
            )
        case .all:
            return try EntryRow.fetch(
                database,
                where: "phase = 5 order by sequence limit ?",
                [limit]
            )
        }
    }

    private func isReadable(_ entry: EntryRow) throws -> Bool {
        do {
            _ = try Payload.fetch(database, of: entry)
            return true
        } catch is StoreError { return false }
    }

    private func letter(_ entry: EntryRow) throws -> DeadLetter? {
        let function: FunctionName
        do { function = try entry.name } catch { return nil }
        var letter = DeadLetter(
            id: entry.id,
            function: function,
            reason: entry.isIntact ? entry.delivery.reason ?? .corrupt : .corrupt,
            attempts: entry.delivery.attempt,
            received: entry.received,
            ended: entry.delivery.due
        )
        if entry.isIntact {
            letter.error = try Self.decode(InvocationError.self, entry.error)
        }
        return letter
    }
}
