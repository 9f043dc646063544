import Protocols

/// The bytes of a text; `\r\n` and other escapes are those of the source.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A parsed head with its fields as text.
struct Parsed<Head: Sendable & Equatable>: Equatable {
    var verdict: HTTPParse<Head>
    var fields: [HTTPField]
}

func parseRequest(
    _ bytes: [UInt8], limits: HTTPLimits = HTTPLimits(), scannedBefore: Int = 0
) -> Parsed<HTTPRequestHead> {
    var fields = [HTTPField](repeating: .none, count: limits.fields)
    let verdict = bytes.withUnsafeBytes { bytes in
        fields.withUnsafeMutableBufferPointer {
            HTTPHeadParser.parseRequest(bytes, fields: $0, limits: limits, scannedBefore: scannedBefore)
        }
    }
    guard case .head(let head) = verdict else { return Parsed(verdict: verdict, fields: []) }
    return Parsed(verdict: verdict, fields: Array(fields.prefix(head.fieldCount)))
}

func parseResponse(
    _ bytes: [UInt8], to method: HTTPMethod = .get, upgradeRequested: Bool = false,
    limits: HTTPLimits = HTTPLimits(), scannedBefore: Int = 0
) -> Parsed<HTTPResponseHead> {
    var fields = [HTTPField](repeating: .none, count: limits.fields)
    let verdict = bytes.withUnsafeBytes { bytes in
        fields.withUnsafeMutableBufferPointer {
            HTTPHeadParser.parseResponse(
                bytes, fields: $0, limits: limits, requestMethod: method, upgradeRequested: upgradeRequested,
                scannedBefore: scannedBefore)
        }
    }
    guard case .head(let head) = verdict else { return Parsed(verdict: verdict, fields: []) }
    return Parsed(verdict: verdict, fields: Array(fields.prefix(head.fieldCount)))
}

/// The verdict on bytes that arrive in two pieces, cut before `cut`. A verdict on the first piece is final.
func parse<Head>(
    _ bytes: [UInt8], cutAt cut: Int, _ parse: (_ bytes: [UInt8], _ scannedBefore: Int) -> Parsed<Head>
) -> Parsed<Head> {
    let first = parse(Array(bytes.prefix(cut)), 0)
    guard first.verdict == .incomplete else { return first }
    return parse(bytes, cut)
}

/// The verdict on bytes that arrive one by one.
func parseOneByOne<Head>(
    _ bytes: [UInt8], _ parse: (_ bytes: [UInt8], _ scannedBefore: Int) -> Parsed<Head>
) -> Parsed<Head> {
    for count in 0..<bytes.count {
        let parsed = parse(Array(bytes.prefix(count)), max(count - 1, 0))
        guard parsed.verdict == .incomplete else { return parsed }
    }
    return parse(bytes, max(bytes.count - 1, 0))
}

/// The bytes of a range as text.
func text(_ range: Range<UInt32>, of bytes: [UInt8]) -> String {
    String(decoding: bytes[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
}
