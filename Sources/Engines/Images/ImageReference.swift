/// The name of an image in a registry, as people write it: `REGISTRY/PATH:TAG@DIGEST`, all but the path optional.
///
/// - Source: the grammar in the `reference` package of the distribution project, and Docker's rules for short names.
public struct ImageReference: Hashable, Sendable, CustomStringConvertible {
    static let hub = "docker.io"
    private static let mostBytes = 255

    /// The registry's host, with its port where it has one; `docker.io` unless said.
    public let registry: String
    /// The path there; on Docker Hub a path without an owner is below `library`.
    public let path: String
    /// Nil only where there is a digest.
    public let tag: String?
    /// `sha256:…`.
    public let digest: String?

    /// Reads one; the tag is `latest` where neither a tag nor a digest is said.
    public init(_ text: String) throws(EngineError) {
        guard let parsed = Parsed(text) else {
            throw .prevented("'\(text)' is no name of an image; expected REGISTRY/PATH:TAG, the path in lower case")
        }
        registry = parsed.registry
        path = parsed.path
        tag = parsed.tag ?? (parsed.digest == nil ? "latest" : nil)
        digest = parsed.digest
    }

    /// Registry and path.
    public var name: String { "\(registry)/\(path)" }

    /// All of it, with nothing left to be understood.
    public var description: String {
        name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    private struct Parsed {
        var registry: String
        var path: String
        var tag: String?
        var digest: String?

        init?(_ text: String) {
            guard text.utf8.allSatisfy({ $0 < 128 }) else { return nil }
            var rest = Substring(text)
            if let at = rest.firstIndex(of: "@") {
                digest = String(rest[at...].dropFirst())
                rest = rest[..<at]
            }
            // A colon before the last slash is a registry's, with its port.
            let end = rest.lastIndex(of: "/") ?? rest.startIndex
            if let colon = rest[end...].firstIndex(of: ":") {
                tag = String(rest[colon...].dropFirst())
                rest = rest[..<colon]
            }
            var parts = rest.split(separator: "/", omittingEmptySubsequences: false)
            registry = hub
            if parts.count > 1, let first = parts.first, Self.isHost(first) {
                registry = first == "index.docker.io" ? hub : String(first)
                parts.removeFirst()
            }
            if registry == hub, parts.count == 1 { parts.insert("library", at: 0) }
            path = parts.joined(separator: "/")
            guard isValid(parts) else { return nil }
            // This is what the engine calls an image, and no registry has it under that name.
            let id = text.hasPrefix("sha256:") ? text.dropFirst("sha256:".count) : Substring(text)
            guard id.count != 64 || !id.allSatisfy(\.isHexDigit) else { return nil }
        }

        private static func isHost(_ part: Substring) -> Bool {
            part == "localhost" || part.contains { $0 == "." || $0 == ":" || $0.isUppercase }
        }

        private func isValid(_ parts: [Substring]) -> Bool {
            registry.utf8.count + path.utf8.count < mostBytes && Grammar.isRegistry(registry)
                && parts.allSatisfy(Grammar.isComponent) && tag.map(Grammar.isTag) ?? true
                && digest.map(Grammar.isDigest) ?? true
        }
    }
}

/// Whether texts of ASCII are what they have to be.
private enum Grammar {
    private static func isLower(_ character: Character) -> Bool { character.isLowercase || character.isNumber }
    private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    static func isRegistry(_ text: String) -> Bool {
        var host = Substring(text)
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
            let port = host[colon...].dropFirst()
            guard !port.isEmpty, port.allSatisfy(\.isNumber) else { return false }
            host = host[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return host.count > 2 && host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, let last = part.last else { return false }
            return isWord(first) && isWord(last) && part.allSatisfy { isWord($0) || $0 == "-" }
        }
    }

    /// Small letters and digits, with one dot, up to two underscores or any number of dashes between them.
    static func isComponent(_ part: Substring) -> Bool {
        guard let first = part.first, let last = part.last, isLower(first), isLower(last) else { return false }
        return part.split(whereSeparator: isLower).allSatisfy { [".", "_", "__"].contains($0) || isDashes($0) }
    }

    private static func isDashes(_ text: Substring) -> Bool { text.allSatisfy { $0 == "-" } }

    static func isTag(_ text: String) -> Bool {
        guard let first = text.first, isWord(first) || first == "_", text.count <= 128 else { return false }
        return text.allSatisfy { isWord($0) || "_.-".contains($0) }
    }

    static func isDigest(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let algorithm = parts.first, let digits = parts.last else { return false }
        guard algorithm.first?.isLetter == true, algorithm.allSatisfy({ isWord($0) || "+._-".contains($0) }) else {
            return false
        }
        return digits.count >= 32 && digits.allSatisfy(\.isHexDigit)
    }
}
