import Testing

@testable import Platform

struct PrivateGroupTests {
    private static let users = """
        root:x:0:0:root:/root:/bin/bash
        ada:x:1000:1000:Ada,,,:/home/ada:/bin/bash
        bob:x:1001:1001::/home/bob:/bin/sh
        eve:x:1002:1003::/home/eve:/bin/sh
        two:x:1003:1003::/home/two:/bin/sh
        odd:x:1004
        zoe:x:1005:1005::/home/zoe:/bin/sh
        """
    private static let groups = """
        root:x:0:
        ada:x:1000:
        bob:x:1001:ada
        eve:x:1003:
        staff:x:50:ada
        zoe:x:1005:zoe
        """

    @Test(
        arguments: [
            (1_000, 1_000, true), (1_005, 1_005, true),
            (0, 0, false),  // root's group has members that nobody lists
            (1_000, 50, false),  // not named after her
            (1_001, 1_001, false),  // somebody else is in it
            (1_002, 1_003, false),  // it is somebody else's too
            (1_000, 1_001, false), (1_000, 77, false), (77, 77, false), (1_004, 1_004, false),
        ] as [(UInt32, UInt32, Bool)]
    )
    func isOwnWhenNobodyElseIsInIt(_ user: UInt32, _ group: UInt32, _ isOwn: Bool) {
        let table = PrivateGroup(users: Self.users, groups: Self.groups)
        #expect(table.isOwn(group, of: user) == isOwn)
    }

    @Test func knowsNothingWithoutTheFiles() {
        #expect(!PrivateGroup(users: "", groups: "").isOwn(1_000, of: 1_000))
    }

    @Test func readsTheSystemsFiles() { #expect(!PrivateGroup().isOwn(0, of: 0)) }
}
