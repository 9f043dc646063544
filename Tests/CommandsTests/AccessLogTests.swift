import Foundation
import Platform
import Stack
import TestFolders
import Testing

@testable import Commands

@Suite struct AccessLogTests {
    private static func json(_ second: Int, _ service: String) -> String {
        #"{"time":"2026-01-31T10:00:0\#(second).123Z","service":"\#(service)","port":80}"#
    }

    private static func logfmt(_ second: Int, _ service: String) -> String {
        "time=2026-01-31T10:00:0\(second).123Z service=\(service) port=80"
    }

    private func printed(
        _ folder: TemporaryFolder, services: Set<String> = [], since: CalendarTime? = nil, tail: Int? = nil
    ) throws -> [String] {
        var output: [UInt8] = []
        let console = Console(output: { output += $0 }, errors: { _ in })
        var follower = LogFollower(
            folder: LogFolder(path: folder.path, isAccess: true), services: services, since: since, tail: tail,
            format: LogFormat(hasPrefix: false, hasTimestamps: false, style: .plain))
        try follower.printNew(to: console)
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func folder() throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        for (name, lines) in [
            "web.log.1": [Self.json(1, "web")], "web.log": [Self.json(3, "web"), "{half", Self.json(5, "web")],
            "my-db.log": [Self.logfmt(2, "my-db"), Self.logfmt(4, "my-db")], "notes.txt": ["time=none"],
        ] {
            try (lines.joined(separator: "\n") + "\n").write(
                toFile: folder.path + "/" + name, atomically: true, encoding: .utf8)
        }
        return folder
    }

    @Test func linesOfAllServicesAreShownInTheOrderOfTime() throws {
        #expect(
            try printed(folder()) == [
                Self.json(1, "web"), Self.logfmt(2, "my-db"), Self.json(3, "web"), Self.logfmt(4, "my-db"),
                Self.json(5, "web"),
            ])
    }

    @Test func someCanBeChosen() throws {
        #expect(try printed(folder(), services: ["my-db"], tail: 1) == [Self.logfmt(4, "my-db")])
        let since = try #require(CalendarTime("2026-01-31T10:00:04Z"))
        #expect(try printed(folder(), since: since) == [Self.logfmt(4, "my-db"), Self.json(5, "web")])
    }
}
