internal import Stack

/// Reads `x-hale.fallback`.
struct FallbackLowering {
    /// More would not fit in what the gateway keeps for a client that reads slowly.
    static let largestBody = 32 << 10

    let fields: Fields

    func answer(_ problems: inout Problems) -> StaticAnswer? {
        guard fields.value != nil else { return nil }
        fields.allow(["status", "body", "content_type"], &problems)
        var answer = StaticAnswer()
        answer.status = status(&problems) ?? answer.status
        answer.body = fields.string("body", &problems) ?? answer.body
        if answer.body.utf8.count > Self.largestBody {
            problems.report(fields.path + ["body"], "must not be larger than 32KiB")
        }
        answer.contentType = contentType(&problems) ?? answer.contentType
        return answer
    }

    private func status(_ problems: inout Problems) -> Int? {
        guard let status = fields.count("status", in: 200...599, &problems) else { return nil }
        if [204, 205, 304].contains(status) {
            problems.report(fields.path + ["status"], "\(status) has no body; expected a status that has one")
        }
        return status
    }

    /// A media type (RFC 9110 section 8.3.1), as far as a head must not be broken by it.
    private func contentType(_ problems: inout Problems) -> String? {
        guard let text = fields.string("content_type", &problems) else { return nil }
        let isPrintable = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        let parts = text.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
        guard isPrintable, text.utf8.count <= 256, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            problems.report(fields.path + ["content_type"], "expected a media type such as application/json")
            return nil
        }
        return text
    }
}
