/// Text that nobody may see: a password, a token, a URL that lets its holder write.
///
/// It says nothing of itself where it is printed. Only what is kept for the healer (mode 0600) holds it.
public enum Secret: Hashable, Sendable, Codable {
    /// The text itself.
    case text(String)
    /// What the file at that absolute path holds, but for white space at its end; read whenever it is needed.
    case file(String)
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is shown in place of any secret.
    public static let mask = "***"

    /// The mask.
    public var description: String { Self.mask }
    /// The mask.
    public var debugDescription: String { Self.mask }
    /// Nothing, as `dump` and `String(reflecting:)` look here.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The text where it is at hand; nil where it is in a file.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
