import Protocols
import Testing

/// A message, what must be made of it, and why.
struct HTTPCase: CustomTestStringConvertible, Sendable {
    enum Verdict: Equatable {
        case refused(HTTPRefusal)
        case incomplete
        /// A whole head, and how long the body behind it is.
        case framed(HTTPFraming)
    }

    var why: String
    var message: [UInt8]
    var verdict: Verdict

    init(_ why: String, _ message: String, _ verdict: Verdict) {
        self.why = why
        // One byte for each scalar, so that "\u{80}" stands for the byte 0x80.
        self.message = message.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        self.verdict = verdict
    }

    /// A GET with these field lines besides Host.
    static func get(_ why: String, _ fields: String, _ verdict: Verdict) -> HTTPCase {
        HTTPCase(why, "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n", verdict)
    }

    /// A POST with these field lines besides Host.
    static func post(_ why: String, _ fields: String, _ verdict: Verdict) -> HTTPCase {
        HTTPCase(why, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n", verdict)
    }

    /// A request with this first line and a Host.
    static func line(_ why: String, _ line: String, _ verdict: Verdict) -> HTTPCase {
        HTTPCase(why, "\(line)\r\nHost: a\r\n\r\n", verdict)
    }

    /// An answer to a GET with this status line and fields.
    static func answer(_ why: String, _ head: String, _ verdict: Verdict) -> HTTPCase {
        HTTPCase(why, "\(head)\r\n", verdict)
    }

    var testDescription: String { why }
}

extension HTTPParse where Head == HTTPRequestHead {
    var verdict: HTTPCase.Verdict {
        switch self {
        case .incomplete: .incomplete
        case .head(let head): .framed(head.framing)
        case .refused(let refusal): .refused(refusal)
        }
    }
}

extension HTTPParse where Head == HTTPResponseHead {
    var verdict: HTTPCase.Verdict {
        switch self {
        case .incomplete: .incomplete
        case .head(let head): .framed(head.framing)
        case .refused(let refusal): .refused(refusal)
        }
    }
}
