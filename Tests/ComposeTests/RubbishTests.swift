import Compose
import Glibc
import Testing

/// Whatever is put in, there is a model or an error, soon and without a crash.
struct RubbishTests {
    private func complaint(_ bytes: [UInt8]) throws -> String? {
        let project = try TemporaryProject([:])
        try project.write(bytes, to: "compose.yaml")
        return project.complaint()
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func randomBytes(seed: UInt64) throws {
        var state = seed
        let bytes = (0..<100_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        #expect(try complaint(bytes) != nil)
        #expect(try complaint(bytes.map { $0 & 0x7F }) != nil)
        let alphabet = Array("ab:-[]{}#&*!|>'\"%@,? \n".utf8)
        #expect(try complaint(bytes.map { alphabet[Int($0) % alphabet.count] }) != nil)
    }

    @Test func anchorBombs() throws {
        let doubling = (1..<1_000).map { "x-\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        #expect(try complaint(Array(("x-0: &a0 {k: v}\n" + doubling).utf8))?.contains("aliases expand") == true)
        let nesting = (1..<1_000).map { "x-\($0): &a\($0) [*a\($0 - 1)]\n" }.joined()
        #expect(try complaint(Array(("x-0: &a0 {k: v}\n" + nesting).utf8))?.contains("levels deep") == true)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func deepNesting(opening: String) throws {
        #expect(try complaint(Array(String(repeating: opening, count: 20_000).utf8)) != nil)
    }

    @Test func openBracketsTakeNoMemory() throws {
        let opened = try complaint([UInt8](repeating: UInt8(ascii: "["), count: 10 << 20))
        #expect(opened == "compose.yaml:1:20001: more than 20000 brackets are opened and not closed")
    }

    @Test func bytesThatEndTheTextEarly() throws {
        #expect(try complaint(Array("services:\n  \0".utf8)) == "compose.yaml:2:3: is not valid YAML: NUL byte")
        #expect(try complaint([0xFF, 0xFE, 0x61, 0x00]) == "compose.yaml:1:1: is UTF-16 (save it as UTF-8)")
    }

    @Test func deepVariables() throws {
        let nested = String(repeating: "${A:-", count: 2_000) + String(repeating: "}", count: 2_000)
        #expect(try complaint(Array("services: {web: {image: '\(nested)'}}".utf8))?.contains("levels deep") == true)
    }

    @Test func longDependencyChains() throws {
        let chain = (0..<2_000).map { "  s\($0): {image: x, depends_on: [s\($0 + 1)]}\n" }.joined()
        #expect(try complaint(Array(("services:\n" + chain + "  s2000: {image: x}\n").utf8)) == nil)
    }

    @Test func numbersOutOfRange() throws {
        for value in ["99999999999999999999999", "-99999999999999999999999", "1e400", ".nan", ".inf", "-.inf"] {
            let text =
                "services: {web: {image: x, scale: 1, mem_limit: \(value), cpus: \(value), pids_limit: \(value)}}"
            _ = try complaint(Array(text.utf8))
        }
        #expect(try complaint(Array("services: {web: {image: x, stop_grace_period: 999999999999h}}".utf8)) != nil)
    }

    @Test func whatIsNoFile() throws {
        let project = try TemporaryProject(["folder/file": ""])
        mkfifo(project.path + "/pipe", 0o600)
        #expect(project.complaint(["pipe"]) == "pipe:1:1: cannot be read: is not a regular file")
        #expect(project.complaint(["folder"]) == "folder:1:1: cannot be read: is a directory")
        #expect(project.complaint(["none"]) == "none:1:1: cannot be read: no such file")
    }
}
