import Protocols
import Testing

@Suite struct RedisClientOpeningTests {
    private func isRepeatable(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes { RedisClientOpening.isRepeatable($0) }
    }

    @Test(arguments: [
        "", "*1\r\n$4\r\nPING\r\n", "*2\r\n$4\r\nauth\r\n$3\r\nabc\r\n", "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n",
        "*4\r\n$6\r\nCLIENT\r\n$7\r\nSETINFO\r\n$8\r\nLIB-NAME\r\n$2\r\npy\r\n*1\r\n$4\r\nPING\r\n",
        "*2\r\n$3\r\nGET\r\n$0\r\n\r\n",
    ])
    func whatSetsUpOrReadsIs(_ text: String) {
        #expect(isRepeatable(text))
    }

    @Test(arguments: [
        "*2\r\n$4\r\nINCR\r\n$1\r\na\r\n", "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n",
        "*2\r\n$6\r\nCLIENT\r\n$4\r\nKILL\r\n", "*1\r\n$5\r\nMULTI\r\n",
        "*1\r\n$40\r\n" + String(repeating: "G", count: 40) + "\r\n",
    ])
    func whatMayChangeSomethingIsNot(_ text: String) {
        #expect(!isRepeatable(text))
    }

    @Test(arguments: [
        "PING\r\n", "*0\r\n", "*-1\r\n", "*\r\n", "*1\r\n$4\r\nPINGxx", "*1\n$4\r\nPING\r\n", "*1\r\n:4\r\n", "*1x\r\n",
        "*99999999999999999999999\r\n", "*1\r\n$99999999999999999999\r\n", "*1\r\rxx", "\u{16}\u{3}\u{1}",
    ])
    func whatIsNoCommandIsNot(_ text: String) {
        #expect(!isRepeatable(text))
    }

    @Test func noCutMakesADifferenceButForTheCommandThatIsCut() {
        let safe = Array("*2\r\n$4\r\nAUTH\r\n$3\r\nabc\r\n*1\r\n$4\r\nPING\r\n".utf8)
        let unsafe = Array("*2\r\n$4\r\nINCR\r\n$1\r\na\r\n".utf8)
        for end in safe.indices {
            #expect(safe[..<end].withUnsafeBytes { RedisClientOpening.isRepeatable($0) })
        }
        for end in unsafe.indices {
            #expect(unsafe[..<end].withUnsafeBytes { RedisClientOpening.isRepeatable($0) })
        }
    }
}
