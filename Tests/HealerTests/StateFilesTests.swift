import Flags
import Foundation
import Healing
import Platform
import Stack
import Testing

@testable import Healer

@Suite struct StateFilesTests {
    private final class Place {
        let folder = "/tmp/hale-\(UInt32.random(in: 0 ... .max))"
        let locations: Locations

        init() throws {
            locations = Locations(
                project: "shop", environment: ["HALE_STATE": folder + "/s", "HALE_RUNTIME": folder + "/r"])
            try makeFolders(locations.state)
            try makeFolders(locations.runtime)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func files() -> StateFiles { StateFiles(locations: locations, writer: StateWriter()) }
    }

    private static let wishes = OperatorWishes(
        services: ["web": OperatorWill(stopped: true, since: .zero + .seconds(5), by: "root")],
        pause: HealingPause(until: .zero + .seconds(60), since: .zero + .seconds(1), by: "root"))

    @Test func whatIsSavedIsReadAgain() throws {
        let place = try Place()
        let files = place.files()
        files.save(Self.wishes)
        #expect(place.files().wishes() == Self.wishes, "it must not depend on the writer's thread")
        files.writer.flush(for: .seconds(10))
        removeTree(place.locations.runtime)
        #expect(place.files().wishes() == Self.wishes, "it must outlive the folder of sockets")
        files.save(OperatorWishes())
        files.writer.flush(for: .seconds(10))
        #expect(place.files().wishes() == OperatorWishes())
        #expect(!fileExists(place.locations.will))
    }

    @Test func recordsOfAVersionWithoutUpdatesAreRead() throws {
        let old = Data(#"{"ended":[],"restarts":[]}"#.utf8)
        #expect(try JSONDecoder().decode(InstanceRecords.self, from: old) == InstanceRecords())
    }

    @Test func instantsOfAnEarlierStartOfTheHostAreMoved() throws {
        let place = try Place()
        let files = place.files()
        files.save(Self.wishes)
        files.writer.flush(for: .seconds(10))
        removeTree(place.locations.runtime)
        let bytes = try readWholeFile(place.locations.will)
        let object = try JSONSerialization.jsonObject(with: Data(bytes))
        var kept = try #require(object as? [String: Any])
        kept["boot"] = "another"
        kept["offset"] = Calendar.offset() + 1_000_000_000
        try JSONSerialization.data(withJSONObject: kept).write(to: URL(filePath: place.locations.will))
        let since = try #require(place.files().wishes().pause?.since)
        // One second later by the calendar is one second later now.
        #expect((since - (.zero + .seconds(2))).seconds.magnitude < 0.5)
    }

    @Test func whatIsSetByHandIsReadAgain() throws {
        let place = try Place()
        let overrides = [
            "a": FlagOverride(
                value: .object(["n": .integer(1)]), until: .zero + .seconds(60), since: .zero, by: "root"),
            "b": FlagOverride(value: .text("x"), since: .zero),
        ]
        let writer = StateWriter()
        let files = StateFiles(locations: place.locations, writer: writer)
        files.save(overrides)
        #expect(place.files().flagOverrides() == overrides)
        files.save([:] as [String: FlagOverride])
        // What is gone is removed by the thread that writes.
        writer.flush(for: .seconds(20))
        #expect(place.files().flagOverrides().isEmpty)
    }

    @Test func whatCannotBeReadIsPassedOver() throws {
        let place = try Place()
        try writeFileAtomically(Array("{half a fi".utf8), to: place.locations.will)
        #expect(place.files().wishes() == OperatorWishes())
    }

    @Test func whatFailsIsTriedAgainAndSaid() throws {
        let place = try Place()
        let files = place.files()
        removeTree(place.locations.state)
        files.save(Self.wishes)
        files.writer.flush(for: .seconds(10))
        #expect(files.writer.problem != nil)
        try makeFolders(place.locations.state)
        let deadline = Date.now + 20
        while files.writer.problem != nil, Date.now < deadline { files.writer.flush(for: .milliseconds(100)) }
        #expect(files.writer.problem == nil)
        #expect(fileExists(place.locations.will))
    }
}
