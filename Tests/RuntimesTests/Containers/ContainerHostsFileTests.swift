import Foundation
import Glibc
import Platform
import TestFolders
import Stack
import Testing

@testable import Runtimes

@Suite struct ContainerHostsFileTests {
    private let folder = TemporaryFolder()
    private var path: String { folder["hosts"] }
    private static let engines = "127.0.0.1\tlocalhost\n172.18.0.2\t0123456789ab\n"

    private func write(_ hosts: [(name: String, address: String)]) throws {
        try ContainerHostsFile(path: path, hosts: hosts).write()
    }

    private var text: String? { try? String(contentsOfFile: path, encoding: .utf8) }

    @Test func linesAreAddedAtTheEnd() throws {
        try folder.write("hosts", Self.engines)
        try write([("db", "172.18.255.254"), ("cache", "172.18.255.253"), ("sql", "172.18.255.254")])
        #expect(
            text == Self.engines + """
                # through hale's gateway
                172.18.255.254\tdb sql
                172.18.255.253\tcache
                # end

                """)
    }

    @Test func whatIsThereIsReplacedAndTheRestIsKept() throws {
        try folder.write("hosts", Self.engines)
        try write([("db", "172.18.255.254"), ("cache", "172.18.255.253")])
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("10.0.0.9\textra\n".utf8))
        try handle.close()
        try write([("db", "172.18.255.250")])
        #expect(
            text == Self.engines + "10.0.0.9\textra\n"
                + "# through hale's gateway\n172.18.255.250\tdb\n# end\n")
    }

    @Test func withoutHostsNothingIsLeft() throws {
        try folder.write("hosts", Self.engines)
        try write([("db", "172.18.255.254")])
        try write([])
        #expect(text == Self.engines)
    }

    @Test func itStaysTheSameFile() throws {
        try folder.write("hosts", Self.engines)
        let identity = FileIdentity(path)
        try write((1...200).map { ("service-\($0)", "172.18.1.\($0)") })
        try write([("db", "172.18.255.254")])
        try write([])
        #expect(FileIdentity(path) == identity && identity != nil)
        #expect(text == Self.engines)
    }

    @Test func whatIsAsItShouldBeIsNotWritten() throws {
        try folder.write("hosts", Self.engines)
        try write([("db", "172.18.255.254")])
        let version = FileVersion(path)
        try write([("db", "172.18.255.254")])
        #expect(FileVersion(path) == version && version != nil)
    }

    @Test func aFileThatIsNotThereIsNotMade() throws {
        try write([("db", "172.18.255.254")])
        #expect(!fileExists(path))
    }

    @Test func aLinkIsNotFollowed() throws {
        try folder.write("elsewhere", Self.engines)
        symlink(folder["elsewhere"], path)
        #expect(throws: SystemError.self) { try write([("db", "172.18.255.254")]) }
        #expect(try String(contentsOfFile: folder["elsewhere"], encoding: .utf8) == Self.engines)
    }

    @Test(arguments: ["", "127.0.0.1\tlocalhost", "127.0.0.1\tlocalhost\n\n", "127.0.0.1\tlocalhost\r\n"])
    func linesAreLinesWhateverStandsBefore(before: String) throws {
        try folder.write("hosts", before)
        try write([("db", "172.18.255.254")])
        let once = try #require(text)
        #expect(once.hasPrefix(before))
        #expect(once.hasSuffix("\n# through hale's gateway\n172.18.255.254\tdb\n# end\n") || before.isEmpty)
        #expect(once.split(whereSeparator: \.isNewline).contains("172.18.255.254\tdb"))
        try write([("db", "172.18.255.254")])
        #expect(text == once)
    }

    @Test func whatWasCutOffIsWrittenAnew() throws {
        try folder.write("hosts", Self.engines + "# through hale's gateway\n172.18.255.254\td")
        try write([("db", "172.18.255.254")])
        #expect(text == Self.engines + "# through hale's gateway\n172.18.255.254\tdb\n# end\n")
    }

    @Test func anyOrderOfWritesEndsAsTheLastAlone() throws {
        for seed in 0..<30 {
            var random = SplitMix64(seed: UInt64(seed))
            try folder.write("hosts", Self.engines)
            var last: [(name: String, address: String)] = []
            for _ in 0..<6 {
                last = (0..<Int.random(in: 0...5, using: &random)).map {
                    ("s\($0)", "10.0.0.\(Int.random(in: 1...4, using: &random))")
                }
                try write(last)
            }
            let several = text
            try folder.write("hosts", Self.engines)
            try write(last)
            #expect(text == several, "seed \(seed)")
        }
    }
}

@Suite struct NamesDuringStartTests {
    private let folder = TemporaryFolder()
    private var path: String { folder["hosts"] }
    private static let line = "172.18.255.254\tdb\n"

    private func watch() -> NamesDuringStart {
        NamesDuringStart(ContainerHostsFile(path: path, hosts: [("db", "172.18.255.254")]))
    }

    private var hasLine: Bool { (try? String(contentsOfFile: path, encoding: .utf8))?.contains(Self.line) == true }

    private func eventually(_ condition: () -> Bool) -> Bool {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if condition() { return true }
            usleep(1_000)
        }
        return condition()
    }

    @Test func aFileThatAppearsGetsTheNames() throws {
        let watch = watch()
        defer { watch.end() }
        try folder.write("hosts", "127.0.0.1\tlocalhost\n")
        #expect(eventually { hasLine })
    }

    @Test func oneThatIsWrittenAnewGetsThemAgain() throws {
        try folder.write("hosts", "127.0.0.1\tlocalhost\n")
        let watch = watch()
        defer { watch.end() }
        for round in 1...3 {
            try folder.write("hosts", "127.0.0.1\tlocalhost\n172.18.0.\(round)\tabc\n")
            #expect(eventually { hasLine })
        }
    }

    @Test func oneOfTheStartBeforeIsLeftAlone() throws {
        try folder.write("hosts", "127.0.0.1\tlocalhost\n")
        let version = FileVersion(path)
        let watch = watch()
        // As long as a second file takes to be noticed, so that the first would have been.
        let other = NamesDuringStart(
            ContainerHostsFile(path: folder["other"], hosts: [("db", "172.18.255.254")]))
        try folder.write("other", "127.0.0.1\tlocalhost\n")
        #expect(
            eventually { (try? String(contentsOfFile: folder["other"], encoding: .utf8))?.contains(Self.line) == true })
        watch.end()
        other.end()
        #expect(FileVersion(path) == version)
    }
}
