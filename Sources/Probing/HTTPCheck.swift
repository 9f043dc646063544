internal import Stack

/// The dialogue of an HTTP probe: one request, then status, header and body are looked at in this order.
///
/// The text is looked for in the first 64 KiB of the body. A redirect is an answer like any other and not followed.
struct HTTPCheck: HTTPDialogue {
    private let probe: HTTPProbe

    init(_ probe: HTTPProbe) {
        self.probe = probe
    }

    mutating func next(after response: HTTPResponse?) -> HTTPStep {
        guard let response else {
            return .ask(
                HTTPRequest(
                    port: probe.port, path: probe.path, method: probe.method, headers: probe.headers, tls: probe.tls,
                    verify: probe.verify))
        }
        return .verdict(judge(response))
    }

    private func judge(_ response: HTTPResponse) -> Verdict {
        guard probe.statuses.contains(response.status) else {
            return .unexpectedStatus(response.status, expected: probe.statuses)
        }
        if let wanted = probe.headerContains, !Self.holds(wanted, in: response) {
            return .failed("header \"\(Wording.line(wanted))\" is missing")
        }
        if let wanted = probe.bodyContains, !Self.holds(Array(wanted.utf8), in: response.body) {
            return .failed("body without \"\(Wording.line(wanted))\"")
        }
        return .passed
    }

    /// Names are compared without case; the wanted value may be a part of the one sent, and without a colon any will do.
    private static func holds(_ wanted: String, in response: HTTPResponse) -> Bool {
        let (name, value) = HTTPResponse.split(wanted) ?? (wanted.lowercased(), "")
        return response.headers.compactMap { HTTPResponse.split($0) }.contains {
            $0.name == name && holds(Array(value.utf8), in: Array($0.value.utf8))
        }
    }

    private static func holds(_ wanted: [UInt8], in bytes: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        var rest = bytes[...]
        while let position = rest.firstIndex(of: first) {
            if rest[position...].starts(with: wanted) { return true }
            rest = rest[(position + 1)...]
        }
        return false
    }
}
