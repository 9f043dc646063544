import Testing

@testable import Platform

@Suite struct ProgramRunTests {
    @Test func givesInputAndTakesOutput() throws {
        let outcome = try ProgramRun.run(["sh", "-c", "cat; echo wrong >&2; exit 3"], input: "right\n")
        #expect(outcome.output == "right\nwrong\n" && !outcome.succeeded)
        #expect(try ProgramRun.run(["true"]).succeeded)
    }

    @Test func variablesAndErrorsAreAsAsked() throws {
        let words = ["/bin/sh", "-c", "echo $WORD; echo wrong >&2"]
        let outcome = try ProgramRun.run(words, environment: ["WORD": "a=b"], keepingErrors: false)
        #expect(outcome.output == "a=b\n" && outcome.succeeded)
    }

    @Test func patienceEnds() throws {
        #expect(try !ProgramRun.run(["sleep", "60"], patience: .milliseconds(50)).succeeded)
    }

    @Test func aProgramThatDoesNotReadIsNoProblem() throws {
        #expect(try ProgramRun.run(["true"], input: String(repeating: "x", count: 10_000)).succeeded)
    }

    @Test func inputThatFitsNoPipeIsAnError() {
        let input = String(repeating: "x", count: 2 << 20)
        #expect(throws: SystemError.self) { try ProgramRun.run(["cat"], input: input) }
    }

    @Test func aProgramThatSaysNoMoreIsWaitedFor() throws {
        let outcome = try ProgramRun.run(["sh", "-c", "echo said; exec >&- 2>&-; sleep 0.2; exit 4"])
        #expect(outcome.output == "said\n" && !outcome.succeeded)
    }

    @Test func aProgramThatIsMissingIsAnError() {
        #expect(throws: SystemError.self) { try ProgramRun.run(["no-such-program"]) }
        #expect(throws: SystemError.self) { try ProgramRun.run([]) }
    }
}
