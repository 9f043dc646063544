import Stack
import Testing

@testable import Flags

@Suite struct FlagBoardTests {
    private static let summaries = Flag(
        name: "summaries", type: .boolean, defaultValue: .boolean(true),
        rules: [
            FlagRule(condition: .service("ollama", .open), value: .boolean(false), reason: "no model"),
            FlagRule(condition: .service("ollama", .down), value: .boolean(false)),
        ])
    private static let page = Flag(
        name: "page", type: .integer, defaultValue: .integer(50),
        rules: [FlagRule(condition: .service("db", .degraded), value: .integer(10))])

    private var now = Instant.zero + .seconds(100)
    private var board = FlagBoard()

    init() {
        board.configure([Self.summaries, Self.page])
    }

    private func value(_ name: String) -> JSONValue? {
        board.reports.first { $0.flag.name == name }?.verdict.value
    }

    private mutating func judge(_ states: [String: Set<FlagCondition.State>] = [:]) -> [FlagChange] {
        board.judge(at: now) { ServiceCondition(states[$0] ?? [.closed]) }
    }

    @Test mutating func theFirstVerdictIsNoChange() {
        #expect(board.reports.isEmpty)
        #expect(judge(["ollama": [.down]]).isEmpty)
        #expect(value("summaries") == .boolean(false))
        #expect(value("page") == .integer(50))
    }

    @Test mutating func theFirstRuleThatAppliesCounts() throws {
        _ = judge()
        let change = try #require(judge(["ollama": [.open, .down]]).first)
        #expect(change.flag == Self.summaries)
        #expect(change.cause == "ollama is open: no model")
        #expect(change.to == FlagVerdict(value: .boolean(false), source: .rule(0)))
        // Another rule with the same value is no change, but another reason.
        #expect(judge(["ollama": [.closed, .down]]).isEmpty)
        #expect(board.reports.first?.why == "ollama is down")
        #expect(judge().map(\.cause) == ["no longer: ollama is down"])
    }

    @Test mutating func sinceIsWhenTheValueCameToBe() {
        _ = judge()
        now = now + .seconds(5)
        _ = judge(["ollama": [.open]])
        now = now + .seconds(5)
        _ = judge(["ollama": [.down]])
        #expect(board.reports.map(\.since) == [.zero + .seconds(105), .zero + .seconds(100)])
    }

    @Test mutating func whatIsSetByHandComesFirstAndEndsByItself() throws {
        _ = judge()
        try board.set("page", FlagOverride(value: .integer(5), until: now + .seconds(30), since: now, by: "root"))
        #expect(judge(["db": [.degraded]]).map(\.cause) == ["set by hand"])
        #expect(board.reports.last?.why == "set by root")
        #expect(board.nextDeadline == now + .seconds(30))
        now = now + .seconds(30)
        let ended = judge(["db": [.degraded]])
        #expect(ended.map(\.to.value) == [.integer(10)])
        #expect(ended.map(\.cause) == ["no longer set by hand; db is degraded"])
        #expect(board.overrides.isEmpty)
        #expect(board.nextDeadline == nil)
    }

    @Test mutating func whatIsSetWithoutAnEndStaysUntilItIsCleared() throws {
        _ = judge()
        try board.set("summaries", FlagOverride(value: .boolean(false), since: now))
        #expect(judge().count == 1)
        now = now + .seconds(1_000_000)
        #expect(judge().isEmpty)
        #expect(try board.clear("summaries"))
        #expect(try !board.clear("summaries"))
        #expect(judge().map(\.cause) == ["no longer set by hand; no rule applies"])
    }

    @Test mutating func onlyAValueOfTheTypeCanBeSet() throws {
        #expect(throws: FlagRefusal.wrongType(Self.page)) {
            try board.set("page", FlagOverride(value: .number(1.5), since: .zero))
        }
        #expect(throws: FlagRefusal.unknown("pages", known: ["summaries", "page"])) {
            try board.set("pages", FlagOverride(value: .integer(1), since: .zero))
        }
        #expect(throws: FlagRefusal.unknown("pages", known: ["summaries", "page"])) { try board.clear("pages") }
        #expect(board.overrides.isEmpty)
    }

    @Test mutating func anotherConfigurationKeepsWhatStillFits() throws {
        try board.set("page", FlagOverride(value: .integer(1), since: now))
        try board.set("summaries", FlagOverride(value: .boolean(false), since: now))
        board.configure([Self.summaries, Flag(name: "page", type: .string, defaultValue: .text("a"))])
        #expect(Set(board.overrides.keys) == ["summaries"])
        board.configure([])
        #expect(board.overrides.isEmpty)
        #expect(judge().isEmpty)
        #expect(board.reports.isEmpty)
    }
}
