import Testing

@testable import Commands

@Suite struct CompleterTests {
    private let completer = Completer { ["db", "web"] }

    private func words(_ line: String...) -> [String]? {
        guard case .words(let candidates) = completer.answer(line) else { return nil }
        return candidates.map(\.word)
    }

    @Test func everyVerbButTheHiddenIsOffered() {
        let shown = Verbs.manuals.filter { !$0.isHidden }.map(\.verb)
        #expect(words("") == shown + ["help"])
        #expect(words("st")?.allSatisfy { $0.hasPrefix("st") } == true)
        #expect(words("__") == [])
        #expect(words("nope", "") == [])
    }

    @Test func everyFlagOfEveryVerbIsOffered() {
        for manual in Verbs.manuals {
            let offered = words(manual.verb, "--") ?? []
            for option in manual.options + GlobalOptions.options {
                #expect(offered.contains("--" + option.name), "\(manual.verb) --\(option.name)")
            }
            #expect(Set(offered).count == offered.count, "\(manual.verb)")
        }
    }

    @Test func servicesAreOfferedOnce() {
        #expect(words("logs", "") == ["db", "web"])
        #expect(words("logs", "db", "") == ["web"])
        #expect(words("-f", "x.yaml", "logs", "-n", "3", "w") == ["web"])
        #expect(words("scale", "d") == ["db="])
        #expect(words("up", "--scale", "w") == ["web="])
        #expect(words("up", "--scale=w") == ["--scale=web="])
    }

    @Test func oneServiceIsOfferedWhereOneIsTaken() {
        #expect(words("exec", "-T", "") == ["db", "web"])
        #expect(completer.answer(["exec", "web", ""]) == .files)
        #expect(completer.answer(["exec", "web", "--he"]) == .files)
        #expect(words("port", "web", "") == [])
        #expect(words("breakers", "") == ["db", "web"])
        #expect(words("breaker", "") == ["open", "close", "reset"])
        #expect(words("breaker", "open", "") == ["db", "web"])
        #expect(words("breaker", "open", "db", "") == ["web"])
        #expect(words("completion", "bash", "") == [])
        #expect(words("reload", "") == [])
    }

    @Test func flagsAreOfferedWhereOneIsTaken() {
        let completer = Completer(services: { ["db"] }, flags: { ["lights", "summaries"] })
        #expect(completer.answer(["flags", ""]) == .words([.init(word: "set"), .init(word: "clear")]))
        #expect(completer.answer(["flags", "set", "s"]) == .words([.init(word: "summaries")]))
        #expect(completer.answer(["flags", "set", "summaries", ""]) == .words([]))
    }

    @Test func valuesAreOffered() {
        #expect(words("ps", "--format", "j") == ["json"])
        #expect(words("ps", "--format=") == ["--format=table", "--format=json"])
        #expect(words("kill", "-s", "SIGTE") == ["SIGTERM"])
        #expect(words("completion", "") == ["bash", "zsh", "fish"])
        #expect(words("--ansi", "a") == ["always", "auto"])
        #expect(completer.answer(["-f", ""]) == .files)
        #expect(completer.answer(["--project-directory", ""]) == .folders)
        #expect(words("up", "-t", "") == [])
    }

    @Test func lettersThatAreJoinedAreUnderstood() {
        // The value of -s is in the word itself, so a service follows.
        #expect(words("kill", "-sTERM", "") == ["db", "web"])
        #expect(words("logs", "-tn", "") == [])
        #expect(words("logs", "-ft", "") == ["db", "web"])
    }

    @Test func nothingIsAFlagAfterTwoDashes() {
        #expect(words("logs", "--", "--f") == [])
    }
}

@Suite struct ManualPageTests {
    private let page = ManualPage.text(Verbs.manuals)

    @Test func everyVerbOptionAndExitCodeIsThere() {
        for manual in Verbs.manuals where !manual.isHidden {
            #expect(page.contains(".SS \"\(manual.verb)\"\n"))
            for option in manual.options {
                #expect(page.contains("\\-\\-\(option.name.replacing("-", with: "\\-"))"), "\(option.name)")
            }
        }
        for code in ExitCode.allCases { #expect(page.contains(".B \"\(code.rawValue)\"\n")) }
        #expect(!page.contains("keeper\\-"))
    }

    @Test func nothingInATextIsTakenForARequest() {
        var roff = Roff()
        roff.paragraph(".so /etc/passwd\n'x \\n\"-…")
        #expect(roff.text == ".PP\n\\&.so /etc/passwd\n\\&\\(aqx \\en\"\\-\\[u2026]\n")
    }
}
