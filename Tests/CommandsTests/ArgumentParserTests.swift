import Testing

@testable import Commands

@Suite struct ArgumentParserTests {
    static let options = [
        Option.flag("detach", "d", help: ""), Option.flag("wait", help: ""),
        Option.value("timeout", "t", of: "SECONDS", help: ""), Option.repeated("scale", of: "S=N", help: ""),
    ]
    static let parser = ArgumentParser(options: options, rule: .mixed)

    struct Case: CustomTestStringConvertible {
        var words: [String]
        var values: [String: [String]] = [:]
        var operands: [String] = []
        var testDescription: String { words.joined(separator: " ") }
    }

    @Test(arguments: [
        Case(words: []),
        Case(words: ["web", "db"], operands: ["web", "db"]),
        Case(words: ["-d", "web"], values: ["detach": ["true"]], operands: ["web"]),
        Case(words: ["web", "--detach"], values: ["detach": ["true"]], operands: ["web"]),
        Case(words: ["--wait=false"], values: ["wait": ["false"]]),
        Case(words: ["--timeout", "5"], values: ["timeout": ["5"]]),
        Case(words: ["--timeout=5"], values: ["timeout": ["5"]]),
        Case(words: ["--timeout="], values: ["timeout": [""]]),
        Case(words: ["-t", "5"], values: ["timeout": ["5"]]),
        Case(words: ["-t5"], values: ["timeout": ["5"]]),
        Case(words: ["-t=5"], values: ["timeout": ["5"]]),
        Case(words: ["-dt", "5"], values: ["detach": ["true"], "timeout": ["5"]]),
        Case(words: ["-dt5"], values: ["detach": ["true"], "timeout": ["5"]]),
        Case(words: ["--timeout", "-1"], values: ["timeout": ["-1"]]),
        Case(words: ["--scale", "a=1", "--scale=b=2"], values: ["scale": ["a=1", "b=2"]]),
        Case(words: ["--", "-d"], operands: ["-d"]),
        Case(words: ["-"], operands: ["-"]),
    ])
    func wordsBecomeFlagsAndOperands(of example: Case) throws {
        let parsed = try Self.parser.parse(example.words)
        #expect(parsed.values == example.values)
        #expect(parsed.operands == example.operands)
    }

    @Test func theFirstOperandCanEndTheFlags() throws {
        let parser = ArgumentParser(options: Self.options, rule: .stopAtFirst)
        let parsed = try parser.parse(["-d", "logs", "-d", "--none"])
        #expect(parsed.values == ["detach": ["true"]])
        #expect(parsed.operands == ["logs", "-d", "--none"])
    }

    @Test(arguments: [
        (["--waitt"], "unknown flag '--waitt'; did you mean '--wait'?"),
        (["--tiemout", "3"], "unknown flag '--tiemout'; did you mean '--timeout'?"),
        (["-wait"], "unknown flag '-w'; did you mean '--wait'?"),
        (["-x"], "unknown flag '-x'"),
        (["--entirely-different"], "unknown flag '--entirely-different'"),
        (["--timeout"], "--timeout needs a value: SECONDS"),
        (["-t"], "-t needs a value: SECONDS"),
        (["--wait=perhaps"], "--wait is on or off, not 'perhaps'"),
    ])
    func whatMakesNoSenseIsExplained(words: [String], message: String) {
        #expect(performing: { try Self.parser.parse(words) }, throws: { "\($0)" == message })
    }

    @Test func valuesAreChecked() throws {
        func duration(_ text: String) throws -> Duration? {
            try Self.parser.parse(["-t", text]).duration(Self.options[2])
        }
        #expect(try duration("10") == .seconds(10))
        #expect(try duration("0.5") == .milliseconds(500))
        #expect(try duration("1m30s") == .seconds(90))
        #expect(throws: UsageError.self) { try duration("-1") }
        #expect(throws: UsageError.self) { try duration("soon") }
        #expect(throws: UsageError.self) { try duration("nan") }
        #expect(throws: UsageError.self) { try duration("1e300") }
        #expect(try Self.parser.parse(["--scale", "a=2"]).counts(Self.options[3]) == ["a": 2])
        for wrong in ["a", "a=", "=2", "a=-1", "a=x"] {
            #expect(throws: UsageError.self) { try Self.parser.parse(["--scale", wrong]).counts(Self.options[3]) }
        }
    }
}
