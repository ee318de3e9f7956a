extension Schema {
    /// Watched directories and their files; `state` has the numbers of `FileRow.State`.
    ///
    /// Every index but the first holds only what is under way, so that a million files that have been
    /// handled cost one row each and no more.
    static let files = """
        create table fileWatches (
            id integer primary key,
            function text not null,
            directory blob not null,
            unique (function, directory)
        );
        create table files (
            watch integer not null,
            directory blob not null,
            name blob not null,
            device integer not null,
            inode integer not null,
            size integer not null,
            modified integer not null,
            changed integer not null,
            state integer not null,
            kind integer not null,
            isPresent integer not null,
            isChangedAgain integer not null,
            generation integer not null,
            rank integer not null,
            invocation blob,
            action integer not null,
            succeeded integer,
            found integer not null,
            ended integer,
            note text not null,
            primary key (watch, directory, name)
        ) without rowid;
        create index filesPending on files (watch, rank, directory, name) where state = 1;
        create index filesQueued on files (watch, directory, name) where state = 2;
        create index filesFailed on files (watch, directory, name) where state = 4;
        create index filesActing on files (watch, directory, name) where state = 5;
        create index filesInHand on files (invocation) where state in (2, 4);
        create index filesGone on files (ended) where isPresent = 0;
        """

    /// Since when files are gone, which has nothing to do with when they were handled.
    static let absences = """
        alter table files add column goneSince integer;
        drop index filesGone;
        create index filesGone on files (goneSince) where isPresent = 0;
        """
}
