import Stack
import Testing

@testable import Compose

@Suite struct JournalSettingsTests {
    private func limits(_ journal: String) throws -> JournalLimits {
        try load("x-hale: {journal: \(journal)}\nservices: {web: {image: x}}").stack().journal
    }

    @Test func areAgeAndSize() throws {
        #expect(try limits("{age: 2d, size: 8MiB}") == JournalLimits(age: .seconds(172_800), size: 8 << 20))
        #expect(try limits("{age: 90m}") == JournalLimits(age: .seconds(5_400)))
        #expect(try limits("{}") == JournalLimits(age: .seconds(30 * 86_400), size: 64 << 20))
        #expect(try load("services: {web: {image: x}}").stack().journal == JournalLimits())
    }

    @Test(arguments: [
        ("{age: 5s}", "x-hale.journal.age: must be at least 1m"),
        ("{size: 1k}", "x-hale.journal.size: must be at least 1MiB"),
        ("{age: soon}", "x-hale.journal.age: expected a duration"),
        ("{size: big}", "x-hale.journal.size: expected a size"),
        ("{sice: 1g}", "unknown key 'sice'"),
        ("64MiB", "x-hale.journal: expected a mapping with age, size"),
    ])
    func whatIsWrongIsSaidWithItsPlace(journal: String, complaint: String) throws {
        let error = #expect(throws: ComposeError.self) { try limits(journal) }
        #expect(try #require(error).description.contains(complaint))
    }
}
