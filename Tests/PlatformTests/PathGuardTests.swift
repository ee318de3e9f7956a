import Foundation
import Testing

@testable import Platform

@Suite struct PathGuardTests {
    private func resolved(_ path: String, _ guarding: PathGuard) throws -> String {
        try guarding.resolve(path).get()
    }

    @Test func letsOtherPlacesPassButNoLinksToThem() throws {
        let scratch = try ScratchDirectory()
        let data = try scratch.directory("data")
        let home = try scratch.directory("home")
        #expect(symlink(data, scratch.file("link")) == 0)
        let guarding = PathGuard(forbidding: [home])
        #expect(try resolved(data, guarding) == FileIO.resolved(data))
        #expect(throws: PathGuard.Problem.self) { try resolved(scratch.file("link"), guarding) }
    }

    @Test func refusesTheHomeWhatIsInItAndWhatItIsIn() throws {
        let scratch = try ScratchDirectory()
        let home = try scratch.directory("home")
        let images = try scratch.directory("home/images")
        #expect(symlink(images, scratch.file("link")) == 0)
        #expect(symlink(scratch.path, scratch.file("up")) == 0)
        let guarding = PathGuard(forbidding: [home])
        let wrong = [home, images, scratch.path, scratch.file("link"), scratch.file("up"), "/"]
        for path in wrong {
            let problem = try #require(throws: PathGuard.Problem.self) {
                try resolved(path, guarding)
            }
            #expect("\(problem)".contains("the host's own"), "\(path): \(problem)")
        }
    }

    @Test func refusesASecondNameOfAFile() throws {
        let scratch = try ScratchDirectory()
        let home = try scratch.directory("home")
        let data = try scratch.directory("data")
        try "secret".write(toFile: "\(home)/token", atomically: true, encoding: .utf8)
        #expect(link("\(home)/token", "\(data)/token") == 0)
        let problem = try #require(throws: PathGuard.Problem.self) {
            try resolved("\(data)/token", PathGuard(forbidding: [home]))
        }
        #expect("\(problem)".contains("hard links"))
    }

    @Test func refusesWhatIsNotThereAndWhatIsNoFile() throws {
        let scratch = try ScratchDirectory()
        #expect(mkfifo(scratch.file("pipe"), 0o600) == 0)
        for path in [scratch.file("gone"), scratch.file("pipe")] {
            #expect(throws: PathGuard.Problem.self) { try resolved(path, PathGuard()) }
        }
    }
}
