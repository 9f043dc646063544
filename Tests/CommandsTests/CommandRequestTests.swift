import Testing

@testable import Commands

/// What a request turned out not to be.
private struct Unexpected: Error {
    var what: String
}

@Suite struct CommandRequestTests {
    @Test func globalFlagsMayStandBeforeAndAfterTheVerb() throws {
        let request = try CommandRequest(["-f", "a.yaml", "-p", "shop", "config", "-f", "b.yaml", "--profile=x", "-q"])
        #expect(request.globals.files == ["a.yaml", "b.yaml"])
        #expect(request.globals.projectName == "shop")
        #expect(request.globals.profiles == ["x"])
        #expect(request.verb == "config")
    }

    @Test func aVerbsOwnFlagHidesAGlobalOne() throws {
        let request = try CommandRequest(["-f", "a.yaml", "version", "-f", "json"])
        #expect(request.globals.files == ["a.yaml"])
        guard case .command = request.action else { throw Unexpected(what: "no command") }
    }

    @Test(arguments: [
        (["confg"], "there is no verb 'confg'; did you mean 'config'?"),
        (["verson"], "there is no verb 'verson'; did you mean 'version'?"),
        (["exec", "web", "sh"], "'exec' is Compose's and needs a container engine, which Hale does without"),
        (["version", "now"], "'version' does not take 'now'"),
        (["config", "--servces"], "unknown flag '--servces'; did you mean '--services'?"),
        (["--profil", "x", "up"], "unknown flag '--profil'; did you mean '--profile'?"),
        (["--ansi", "maybe", "config"], "--ansi is one of never, always, auto, not 'maybe'"),
        ([], "a verb is missing, such as 'up'"),
    ])
    func whatMakesNoSenseIsExplained(words: [String], message: String) {
        #expect(performing: { try CommandRequest(words) }, throws: { "\($0)" == message })
    }

    @Test func everyVerbHasHelpWithExamples() throws {
        for manual in Verbs.manuals {
            let request = try CommandRequest([manual.verb, "--help"])
            guard case .show(let text) = request.action else { throw Unexpected(what: "\(manual.verb) shows nothing") }
            #expect(text.hasPrefix("Usage: hale \(manual.verb) "))
            #expect(text.contains("Examples:\n  hale "))
            #expect(text.contains("Exit codes:"))
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(manual.verb)")
        }
    }

    @Test func noVerbHasTwoOptionsOfOneNameOrLetter() {
        for manual in Verbs.manuals {
            let names = manual.options.map(\.name)
            let letters = manual.options.compactMap(\.letter)
            #expect(Set(names).count == names.count, "\(manual.verb)")
            #expect(Set(letters).count == letters.count, "\(manual.verb)")
        }
    }

    @Test func theOverviewNamesEveryVerbButTheHidden() throws {
        guard case .show(let text) = try CommandRequest(["--help"]).action else { throw Unexpected(what: "no help") }
        for manual in Verbs.manuals {
            #expect(text.contains("\n  \(manual.verb) ") == !manual.isHidden)
        }
    }

    @Test(arguments: [["--help", "config"], ["help", "config"], ["config", "-h"]])
    func helpIsAskedForInManyWays(words: [String]) throws {
        guard case .show(let text) = try CommandRequest(words).action else { throw Unexpected(what: "no help") }
        #expect(text.hasPrefix("Usage: hale config "))
    }

    @Test func theRolesAreVerbs() throws {
        let request = try CommandRequest(["keeper", "-p", "shop"])
        guard case .role(.keeper) = request.action else { throw Unexpected(what: "no role") }
        #expect(request.globals.projectName == "shop")
    }
}
