/// A talk over HTTP as a value: requests out, answers in, a verdict at the end. It does no I/O and reads no clock.
protocol HTTPDialogue: Sendable {
    /// What comes next; `response` is the answer to the request before, nil at the start.
    mutating func next(after response: HTTPResponse?) -> HTTPStep
}

/// The next step of a dialogue.
enum HTTPStep: Equatable, Sendable {
    case ask(HTTPRequest)
    case verdict(Verdict)
}

/// One request to an instance.
struct HTTPRequest: Equatable, Sendable {
    var port: UInt16
    /// Path and query.
    var path: String
    var method = "GET"
    /// `Name: value` lines.
    var headers: [String] = []
    /// Sent with a POST; nil sends none.
    var body: [UInt8]?
    var tls = false
    var verify = false
    /// HTTP/2 from the first byte, as gRPC speaks it without TLS.
    var http2 = false
    /// How much of the answer's body is kept; what is beyond is not read.
    var bodyLimit = 64 * 1024
}

/// An answer.
struct HTTPResponse: Equatable, Sendable {
    var status: Int
    /// `Name: value` lines of the final answer, trailers at the end.
    var headers: [String] = []
    /// Up to the request's `bodyLimit`.
    var body: [UInt8] = []

    /// The last value of that header; names are compared without case.
    func header(_ name: String) -> String? {
        headers.compactMap { Self.split($0) }.last { $0.name == name.lowercased() }?.value
    }

    /// Name in lower case and value of a `Name: value` line.
    static func split(_ line: String) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        return (line[..<colon].lowercased(), String(value))
    }
}

extension Verdict {
    /// The failure of an answer whose status is not among `expected`.
    static func unexpectedStatus(_ status: Int, expected: ClosedRange<Int>) -> Verdict {
        let range =
            expected.lowerBound == expected.upperBound
            ? "\(expected.lowerBound)" : "\(expected.lowerBound)-\(expected.upperBound)"
        return .failed("status \(status), expected \(range)")
    }
}
