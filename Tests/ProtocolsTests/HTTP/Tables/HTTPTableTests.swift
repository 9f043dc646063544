import Protocols
import Testing

/// Each case of the tables in one piece, in two pieces cut at every place, and byte by byte.
@Suite struct HTTPTableTests {
    static let requests = lengthCases + transferCodingCases + requestLineCases + fieldCases

    @Test(arguments: requests)
    func requestIsJudged(_ row: HTTPCase) {
        #expect(parseRequest(row.message).verdict.verdict == row.verdict)
    }

    @Test(arguments: requests)
    func requestIsJudgedTheSameWhateverTheCut(_ row: HTTPCase) {
        let whole = parseRequest(row.message)
        for cut in 0...row.message.count {
            #expect(parse(row.message, cutAt: cut) { parseRequest($0, scannedBefore: $1) } == whole, "cut at \(cut)")
        }
        #expect(parseOneByOne(row.message) { parseRequest($0, scannedBefore: $1) } == whole)
    }

    @Test(arguments: responseCases)
    func responseIsJudged(_ row: HTTPCase) {
        #expect(parseResponse(row.message).verdict.verdict == row.verdict)
    }

    @Test(arguments: responseCases)
    func responseIsJudgedTheSameWhateverTheCut(_ row: HTTPCase) {
        let whole = parseResponse(row.message)
        for cut in 0...row.message.count {
            #expect(parse(row.message, cutAt: cut) { parseResponse($0, scannedBefore: $1) } == whole, "cut at \(cut)")
        }
        #expect(parseOneByOne(row.message) { parseResponse($0, scannedBefore: $1) } == whole)
    }

    /// The tables are long enough to be easily cut by mistake.
    @Test func tablesAreWhole() {
        #expect(Self.requests.count > 200)
        #expect(responseCases.count > 40)
    }
}
