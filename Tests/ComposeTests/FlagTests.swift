import Stack
import Testing

@testable import Compose

@Suite struct FlagTests {
    private func flags(_ flags: String) throws -> [Flag] {
        try load("x-hale:\n  flags: \(flags)\nservices: {ollama: {image: x}, db: {image: x}}").stack().flags
    }

    private func condition(_ text: String) throws -> String {
        "\(try ConditionParser.parse(text, services: ["ollama", "db", "not"]))"
    }

    @Test func isReadWithItsRulesInOrder() throws {
        let read = try flags(
            """
            {summaries: {default: true, description: Short forms,
               rules: [{when: ollama is open, value: false, reason: no model}, {when: db is down, value: false}]},
             model: {default: large}}
            """)
        #expect(
            read == [
                Flag(
                    name: "summaries", type: .boolean, defaultValue: .boolean(true),
                    rules: [
                        FlagRule(condition: .service("ollama", .open), value: .boolean(false), reason: "no model"),
                        FlagRule(condition: .service("db", .down), value: .boolean(false)),
                    ], description: "Short forms"),
                Flag(name: "model", type: .string, defaultValue: .text("large")),
            ])
    }

    @Test(arguments: [
        ("true", FlagType.boolean, JSONValue.boolean(true)), ("\"1\"", .string, .text("1")),
        ("1", .integer, .integer(1)), ("1.5", .number, .number(1.5)),
        ("{a: [1, null]}", .object, .object(["a": .list([.integer(1), .null])])),
    ])
    func typeIsThatOfTheDefault(text: String, type: FlagType, value: JSONValue) throws {
        #expect(try flags("{x: {default: \(text)}}") == [Flag(name: "x", type: type, defaultValue: value)])
    }

    @Test func aWholeNumberIsANumberToo() throws {
        let flag = try flags("{x: {default: 1.5, rules: [{when: db is down, value: 2}]}}").first
        #expect(flag?.rules.first?.value == .number(2))
    }

    @Test(arguments: [
        ("ollama is open", "ollama is open"),
        ("not ollama is half-open", "not ollama is half-open"),
        ("ollama is open and db is down or db is held", "ollama is open and db is down or db is held"),
        ("ollama is open and (db is down or db is held)", "ollama is open and (db is down or db is held)"),
        ("(((not(ollama is open))))", "not ollama is open"),
        ("not (db is waiting or db is degraded)", "not (db is waiting or db is degraded)"),
        ("not not db is unhealthy", "not not db is unhealthy"),
        ("not is closed", "not is closed"),
    ])
    func conditionsAreWrittenAsTheyAreRead(text: String, written: String) throws {
        #expect(try condition(text) == written)
        #expect(try condition(written) == written)
    }

    @Test func andBindsTighterThanOr() throws {
        let read = try ConditionParser.parse("db is down or db is held and db is open", services: ["db"])
        #expect(read == .either(.service("db", .down), .both(.service("db", .held), .service("db", .open))))
    }

    @Test(arguments: [
        ("", "expected SERVICE is STATE"), ("ollama", "expected 'is' after 'ollama', but the condition ends"),
        ("ollama was open", "expected 'is' after 'ollama', not 'was'"),
        ("olama is open", "there is no service 'olama' (did you mean 'ollama'?)"),
        ("db is opened", "not 'opened' (did you mean 'open'?)"),
        ("db is", "expected one of open, half-open, closed, unhealthy, down, degraded, waiting, held"),
        ("db is down nad db is open", "expected 'and', 'or' or the end, not 'nad'"),
        ("(db is down", "expected ')'"), ("db is down and", "expected SERVICE is STATE"), (")", "not ')'"),
    ])
    func aWrongConditionIsRefused(text: String, complaint: String) throws {
        let error = #expect(throws: ComposeError.self) {
            try flags("{x: {default: true, rules: [{when: \"\(text)\", value: false}]}}")
        }
        let description = try #require(error).description
        #expect(description.contains(complaint), "\(description)")
        #expect(description.contains("x-hale.flags.x.rules.0.when"))
    }

    @Test func nestingAndLengthHaveABound() throws {
        for text in [
            String(repeating: "(", count: 900), Array(repeating: "not", count: 300).joined(separator: " "),
            String(repeating: " ", count: 1001) + "db is down",
        ] {
            #expect(throws: ConditionProblem.self) { try condition(text) }
        }
    }

    @Test(arguments: [
        ("[x]", "x-hale.flags: expected a mapping of names to flags"),
        ("{x: true}", "x-hale.flags.x: expected a mapping with default, rules, description"),
        ("{x: {}}", "x-hale.flags.x: 'default' is missing"), ("{x: {default: null}}", "'default' is missing"),
        ("{x: {default: [1]}}", "x-hale.flags.x.default: expected true or false, text, a finite number or a mapping"),
        ("{x: {default: .nan}}", "x-hale.flags.x.default: expected"),
        ("{\"a b\": {default: true}}", "a flag's name is"), ("{x: {defualt: true}}", "did you mean 'default'?"),
        ("{x: {default: 1, rules: 5}}", "x-hale.flags.x.rules: expected a list of rules"),
        ("{x: {default: 1, rules: [5]}}", "x-hale.flags.x.rules.0: expected a mapping with when, value, reason"),
        ("{x: {default: 1, rules: [{value: 5}]}}", "x-hale.flags.x.rules.0: 'when' is missing"),
        ("{x: {default: 1, rules: [{when: db is down}]}}", "x-hale.flags.x.rules.0: 'value' is missing"),
        ("{x: {default: 1, rules: [{when: [db], value: 2}]}}", "rules.0.when: expected a condition"),
        ("{x: {default: 1, rules: [{when: db is down, value: 1.5}]}}", "rules.0.value: expected a whole number"),
        ("{x: {default: on, rules: [{when: db is down, value: null}]}}", "rules.0.value: expected"),
    ])
    func whatIsWrongIsSaidWithItsPlace(text: String, complaint: String) throws {
        let error = #expect(throws: ComposeError.self) { try flags(text) }
        let description = try #require(error).description
        #expect(description.contains(complaint), "\(description)")
        #expect(description.contains("compose.yaml:2:"), "\(description)")
    }

    @Test func aServiceOfAProfileThatIsOffMayBeNamed() throws {
        let text = """
            x-hale: {flags: {x: {default: true, rules: [{when: gpu is down, value: false}]}}}
            services: {web: {image: x}, gpu: {image: x, profiles: [heavy]}}
            """
        #expect(try load(text).stack().flags.first?.services == ["gpu"])
    }
}
