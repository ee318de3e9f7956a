internal import FunctionModel
internal import GRDB

/// The tables, as a sequence of migrations: one that has been released is never changed.
///
/// What never changes of an invocation lies apart from what changes with each attempt, so that a
/// claim doesn't write a payload again.
enum Schema {
    /// Marks the file as this program's ("Rost").
    static let applicationID = 0x526f_7374

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 queue") { try $0.execute(sql: queue) }
        migrator.registerMigration("1 records") { try $0.execute(sql: records) }
        migrator.registerMigration("1 state") { try $0.execute(sql: state) }
        migrator.registerMigration("2 state sizes") { try $0.execute(sql: stateSizes) }
        migrator.registerMigration("3 dead letters") { try $0.execute(sql: deadLetters) }
        migrator.registerMigration("3 request heads") {
            try $0.execute(sql: "alter table payloads add column head blob")
        }
        migrator.registerMigration("3 key digests") {
            // Keys live for a day: those from before would have none.
            try $0.execute(sql: "delete from keys")
            try $0.execute(sql: "alter table keys add column digest integer not null default 0")
        }
        migrator.registerMigration("4 schedules") { try $0.execute(sql: schedules) }
        migrator.registerMigration("5 files") { try $0.execute(sql: files) }
        migrator.registerMigration("6 begun ticks") { try $0.execute(sql: begun) }
        migrator.registerMigration("7 file digests") { database in
            try database.execute(
                sql: "alter table files add column digest integer not null default 0"
            )
            try FileRow.sealAll(database)
        }
        migrator.registerMigration("8 absent files") { database in
            try database.execute(sql: absences)
            let now = try database.number("select cast(strftime('%s', 'now') as integer)") ?? 0
            try FileRow.beginAbsences(database, now: WallTime(seconds: Double(now)))
        }
        return migrator
    }()

    /// `phase` has the numbers of `Delivery.Phase`; `seal` is a checksum over the row, `digest` one
    /// over the payload.
    private static let queue = """
        create table entries (
            sequence integer primary key,
            id blob not null unique,
            function text not null,
            orderingKey text,
            priority integer not null,
            received integer not null,
            phase integer not null,
            attempt integer not null,
            attemptLimit integer not null,
            token integer not null,
            due integer not null,
            expires integer not null,
            holder text not null,
            isCancelRequested integer not null,
            reason text,
            error blob,
            digest integer not null,
            seal integer not null
        );
        create index entriesReady on entries (function, priority desc, sequence) where phase = 0;
        create index entriesDelayed on entries (due) where phase = 1;
        create index entriesLeased on entries (due) where phase = 3;
        create index entriesExpiring on entries (expires) where phase < 3;
        create index entriesOrdered on entries (function, orderingKey, sequence)
            where orderingKey is not null and phase < 4;
        create index entriesDead on entries (function, sequence) where phase = 5;
        create index entriesOver on entries (due) where phase in (4, 6);
        create table payloads (
            sequence integer primary key,
            trigger text not null,
            contentType text not null,
            trace text not null,
            depth integer not null,
            envelope blob,
            body blob not null
        );
        create table results (
            id blob primary key,
            outcome text not null,
            status integer,
            contentType text not null,
            headers blob,
            error blob,
            body blob not null,
            ended integer not null,
            size integer not null,
            digest integer not null
        ) without rowid;
        create index resultsBySize on results (ended, size);
        create table keys (
            function text not null,
            caller text not null,
            key text not null,
            fingerprint text not null,
            id blob not null,
            expires integer not null,
            stage integer not null,
            primary key (function, caller, key)
        ) without rowid;
        create index keysExpiring on keys (expires);
        """

    private static let records = """
        create table records (
            sequence integer primary key,
            id blob not null,
            attempt integer not null,
            function text not null,
            trigger text not null,
            version text not null,
            received integer not null,
            outcome text,
            status integer,
            usage blob not null,
            error blob,
            log blob,
            size integer not null,
            digest integer not null,
            unique (id, attempt)
        );
        create index recordsReceived on records (received, sequence, size);
        create index recordsOfFunction on records (function, received, sequence);
        create index recordsOfOutcome on records (outcome, received, sequence);
        """

    /// How much each scope has, kept by whatever changes a value.
    private static let stateSizes = """
        create table stateSizes (
            scope text primary key,
            bytes integer not null,
            entries integer not null
        ) without rowid;
        insert into stateSizes (scope, bytes, entries)
            select scope, sum(length(key) + length(value)), count(*) from state group by scope;
        create trigger stateInserted after insert on state begin
            insert into stateSizes (scope, bytes, entries)
                values (new.scope, length(new.key) + length(new.value), 1)
                on conflict (scope) do update
                set bytes = bytes + excluded.bytes, entries = entries + 1;
        end;
        create trigger stateUpdated after update of value on state begin
            update stateSizes set bytes = bytes + length(new.value) - length(old.value)
                where scope = new.scope;
        end;
        create trigger stateDeleted after delete on state begin
            update stateSizes set bytes = bytes - length(old.key) - length(old.value),
                entries = entries - 1 where scope = old.scope;
        end;
        """

    /// Dead letters in the order of their ends and of their arrival, and apart from other results
    /// those that go only with their letter.
    private static let deadLetters = """
        create index entriesDeadByTime on entries (due) where phase = 5;
        create index entriesDeadInOrder on entries (sequence) where phase = 5;
        alter table results add column isDead integer not null default 0;
        update results set isDead = 1 where id in (select id from entries where phase = 5);
        drop index resultsBySize;
        create index resultsByTime on results (isDead, ended, size);
        """

    /// How far schedules have come, and what became of their ticks.
    private static let schedules = """
        create table schedules (
            name text primary key,
            function text not null,
            declaration text not null,
            anchor integer not null,
            cursor integer not null,
            isEnabled integer not null,
            isRetired integer not null,
            last blob,
            missed integer not null,
            digest integer not null
        );
        create table ticks (
            schedule text not null,
            instant integer not null,
            since integer not null,
            count integer not null,
            fate text not null,
            decided integer not null,
            invocation blob,
            isManual integer not null,
            digest integer not null,
            primary key (schedule, instant)
        );
        create index ticksByTime on ticks (decided);
        """

    /// Ticks that were fired and claimed, until they are put in their places.
    private static let begun = """
        create table begun (
            sequence integer primary key,
            bytes blob not null,
            digest integer not null
        );
        """

    private static let state = """
        create table counters (name text primary key, value integer not null) without rowid;
        insert into counters (name, value) values ('version', 0);
        create table state (
            scope text not null,
            key blob not null,
            value blob not null,
            version integer not null,
            expires integer,
            digest integer not null,
            primary key (scope, key)
        );
        create index stateExpiring on state (expires) where expires is not null;
        create table locks (
            scope text not null,
            name text not null,
            token integer not null,
            expires integer not null,
            digest integer not null,
            primary key (scope, name)
        ) without rowid;
        create index locksExpiring on locks (expires);
        """
}
