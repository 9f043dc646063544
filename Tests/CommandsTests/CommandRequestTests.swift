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
        (["attach", "web"], "'attach' is Compose's and needs a container engine, which Hale does without"),
        (["version", "now"], "'version' does not take 'now'"),
        (["config", "--servces"], "unknown flag '--servces'; did you mean '--services'?"),
        (["--profil", "x", "up"], "unknown flag '--profil'; did you mean '--profile'?"),
        (["--ansi", "maybe", "config"], "--ansi is one of never, always, auto, not 'maybe'"),
        ([], "a verb is missing, such as 'up'"),
        (["exec", "web"], "'exec' needs SERVICE COMMAND…"),
        (["exec", "web", "--"], "'exec' needs a COMMAND"),
        (["exec", "--index", "0", "web", "ls"], "--index is 1 for the first instance"),
        (["exec", "-e", "=x", "web", "ls"], "--env is NAME=VALUE or NAME, not '=x'"),
        (
            ["run", "--name", "../x", "web"],
            "--name is letters, digits, '_', '.' and '-', a letter or digit first, not '../x'"
        ),
        (["run", "--entrypoint", "a 'b", "web"], "--entrypoint: the command line has a quote that is not closed"),
        (["scale", "web"], "what 'scale' takes is SERVICE=NUMBER, not 'web'"),
        (["scale", "web=-1"], "what 'scale' takes is SERVICE=NUMBER, not 'web=-1'"),
        (["scale", "web=10001"], "a service has at most 10000 instances, not 10001"),
        (["port", "web", "0"], "'0' is no port: 1 to 65535"),
        (["port", "--protocol", "sctp", "web", "1"], "--protocol is one of tcp, udp, not 'sctp'"),
        (["wait"], "'wait' needs SERVICE…"),
        (["completion", "tcsh"], "there is completion for bash, zsh and fish, not for 'tcsh'"),
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

    @Test(arguments: ["-p", "--publish", "-P", "-v", "--volume", "--build"])
    func flagsThatMeanNothingWithoutAnEngineAreRefusedWithTheReason(flag: String) {
        #expect(
            performing: { try CommandRequest(["run", flag, "x", "web"]) },
            throws: { "\($0)".contains(" is not taken: ") })
    }

    @Test func whatFollowsTheServiceIsTheCommands() throws {
        let request = try CommandRequest(["-p", "shop", "exec", "-T", "web", "ls", "-p", "other", "--help"])
        #expect(request.globals.projectName == "shop")
        guard case .command = request.action else { throw Unexpected(what: "no command") }
    }
}
