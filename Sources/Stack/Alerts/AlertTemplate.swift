/// A text in which `{{name}}` stands for what is known of an alert.
public struct AlertTemplate: Hashable, Sendable {
    /// What can stand between the braces.
    public enum Placeholder: String, Hashable, Sendable, CaseIterable {
        /// A line: what it is, and about what.
        case title
        /// All of it in sentences.
        case text
        /// The stack's name.
        case stack
        /// The host's name.
        case host
        /// The service at fault, the first where there are several.
        case service
        /// `critical`, `warning` or `info`.
        case severity
        /// `firing`, `updated`, `repeated`, `escalated`, `recovered`, `repaired` or `test`.
        case kind
        /// What is wrong.
        case cause
        /// The number of the alert and its incident.
        case id
        /// When it began, RFC 3339.
        case startedAt = "started_at"
        /// When it was over, RFC 3339; nothing while it is not.
        case endedAt = "ended_at"
        /// How long it took, in seconds; nothing while it is not over.
        case duration
        /// By how many seconds the message is late; 0 where it is not.
        case late
        /// The message's own name, which is never given twice.
        case message
    }

    /// A part of a text.
    public enum Part: Hashable, Sendable {
        /// As it stands.
        case text(String)
        /// To be filled in.
        case placeholder(Placeholder)
    }

    /// A name between braces that stands for nothing.
    public struct UnknownPlaceholder: Error, Hashable {
        /// The name.
        public let name: String
    }

    /// The text in its parts.
    public let parts: [Part]

    /// Reads a text. A brace that is not closed stands for itself.
    public init(_ text: String) throws(UnknownPlaceholder) {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            let name = rest[open.upperBound..<close.lowerBound].filter { $0 != " " }
            guard let placeholder = Placeholder(rawValue: name) else { throw UnknownPlaceholder(name: name) }
            parts += [.text(String(rest[..<open.lowerBound])), .placeholder(placeholder)]
            rest = rest[close.upperBound...]
        }
        self.parts = parts + [.text(String(rest))]
    }
}
