import Protocols
import Testing

extension FuzzTests {
    @Suite struct HTTPFuzzTests {
        static let words = [
            "\r\n", "\r", "\n", "\0", " ", "\t", ":", ",", ";", "\r\n\r\n", "\r\n ", "Content-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n", "Connection: ", "close", "upgrade", "Upgrade: h2c\r\n", "Host: a\r\n",
            "TE: trailers\r\n",
            "X-Forwarded-For: 1\r\n", "HTTP/1.0", "HTTP/1.1", "http://a", "#", "%", "[::1]", "chunked", "0\r\n\r\n",
            "_",
            "\u{7f}",
            "\u{ff}", "Content-Length", "Expect: 100-continue\r\n",
        ]

        @Test func requests() {
            let corpus = HTTPTableTests.requests.map(\.message)
            FuzzRun.run("requests", Mutator(corpus: corpus, words: Self.words), messages: 4000) { message, dice in
                let limits = limits(&dice)
                let whole = parseRequest(message, limits: limits)
                if let broken = cutLaw(
                    message, whole, dice.below(message.count + 1),
                    { parseRequest($0, limits: limits, scannedBefore: $1) })
                {
                    return broken
                }
                guard case .head(let head) = whole.verdict else { return nil }
                if head.headLength > message.count { return "reads more than there is" }
                return forwardLaw(message, head, trusts: dice.below(2) == 0, closes: dice.below(2) == 0)
            }
        }

        @Test func responses() {
            let corpus = responseCases.map(\.message)
            let methods = HTTPMethod.allCases
            FuzzRun.run("responses", Mutator(corpus: corpus, words: Self.words), messages: 2500) { message, dice in
                let (method, upgrade) = (methods[dice.below(methods.count)], dice.below(2) == 0)
                let limits = limits(&dice)
                let whole = parseResponse(message, to: method, upgradeRequested: upgrade, limits: limits)
                let cut = dice.below(message.count + 1)
                let broken = cutLaw(message, whole, cut) {
                    parseResponse($0, to: method, upgradeRequested: upgrade, limits: limits, scannedBefore: $1)
                }
                if let broken { return broken }
                guard case .head(let head) = whole.verdict else { return nil }
                if head.headLength > message.count { return "reads more than there is" }
                return returnLaw(message, head, to: method, upgrade)
            }
        }

        @Test func chunkedBodies() {
            let corpus = chunkCases.map(\.body)
            FuzzRun.run("chunks", Mutator(corpus: corpus, words: Self.words), messages: 30_000) { message, dice in
                let whole = readChunks([message])
                let cut = dice.below(message.count + 1)
                if readChunks([Array(message[..<cut]), Array(message[cut...])]) != whole {
                    return "differs cut at \(cut)"
                }
                if readChunks(message.map { [$0] }) != whole { return "differs byte by byte" }
                guard case .ended(let consumed) = whole else { return nil }
                if consumed > message.count { return "reads more than there is" }
                return readChunks([Array(message[..<consumed])]) == whole ? nil : "depends on what follows"
            }
        }

        /// Those of every day, or such that a short message can be beyond them.
        private func limits(_ dice: inout Dice) -> HTTPLimits {
            if dice.below(2) == 0 { return HTTPLimits() }
            return HTTPLimits(lineBytes: dice.below(48), headBytes: dice.below(160), fields: dice.below(6))
        }

        /// The verdict does not depend on where the bytes are cut.
        private func cutLaw<Head>(
            _ message: [UInt8], _ whole: Parsed<Head>, _ cut: Int,
            _ read: (_ bytes: [UInt8], _ scannedBefore: Int) -> Parsed<Head>
        ) -> String? {
            if !agree(parse(message, cutAt: cut, read), whole, message, read) { return "differs cut at \(cut)" }
            if message.count < 256, !agree(parseOneByOne(message, read), whole, message, read) {
                return "differs byte by byte"
            }
            return nil
        }

        /// A refusal may come as late as the line's end.
        private func agree<Head>(
            _ cut: Parsed<Head>, _ whole: Parsed<Head>, _ message: [UInt8],
            _ read: (_ bytes: [UInt8], _ scannedBefore: Int) -> Parsed<Head>
        ) -> Bool {
            guard case (.incomplete, .refused) = (cut.verdict, whole.verdict) else { return cut == whole }
            return read(message + bytes("\r\n"), message.count) == whole
        }

        /// What is forwarded means what was read.
        private func forwardLaw(_ message: [UInt8], _ head: HTTPRequestHead, trusts: Bool, closes: Bool) -> String? {
            guard let out = forward(message, trusts: trusts, closes: closes, room: 16384) else { return "does not fit" }
            let again = parseRequest(out)
            guard case .head(let other) = again.verdict else { return "forwarded as \(again.verdict)" }
            if other.headLength != out.count { return "forwarded with something behind the head" }
            if other.framing != head.framing { return "forwarded with another framing" }
            if other.method != head.method || other.minorVersion != head.minorVersion { return "forwarded as another" }
            if other.wantsUpgrade != head.wantsUpgrade || other.expectsContinue != head.expectsContinue {
                return "forwarded wanting something else"
            }
            if other.keepsAlive == closes { return "forwarded with another end of the connection" }
            if !head.authority.isEmpty, text(other.authority, of: out) != text(head.authority, of: message) {
                return "forwarded to another host"
            }
            if again.fields.contains(where: { $0.known == .disguised }) { return "forwarded with a disguised field" }
            guard let twice = forward(out, trusts: true, closes: closes, client: "", room: 16384) else {
                return "does not fit twice"
            }
            return lines(twice) == lines(out) ? nil : "not settled when forwarded"
        }

        private func lines(_ head: [UInt8]) -> [String] {
            head.split(separator: UInt8(ascii: "\n")).map { $0.map { String(UnicodeScalar($0)) }.joined() }.sorted()
        }

        /// What is given back means what was read.
        private func returnLaw(_ message: [UInt8], _ head: HTTPResponseHead, to method: HTTPMethod, _ upgrade: Bool)
            -> String?
        {
            guard let out = giveBack(message, to: method, upgradeRequested: upgrade, requestID: "r", room: 16384) else {
                return "does not fit"
            }
            let again = parseResponse(out, to: method, upgradeRequested: upgrade)
            guard case .head(let other) = again.verdict else { return "given back as \(again.verdict)" }
            if other.headLength != out.count { return "given back with something behind the head" }
            if other.framing != head.framing || other.status != head.status { return "given back as another" }
            if other.switchesProtocols != head.switchesProtocols { return "given back with another protocol" }
            if other.keepsAlive != (head.framing != .untilClose) {
                return "given back with another end of the connection"
            }
            return nil
        }
    }
}
