internal import Stack

/// Values that channels have.
struct AlertFields {
    let fields: Fields
    /// What paths are relative to.
    let directory: String

    /// A text, or `{ file: PATH }` for what a file holds.
    func secret(_ key: String, _ problems: inout Problems) -> Secret? {
        guard let value = fields[key] else { return nil }
        if let text = value.scalarText {
            guard !text.isEmpty, !text.contains(where: \.isNewline) else {
                problems.report(fields.path + [key], "expected one line of text; is a variable not set?")
                return nil
            }
            return .text(text)
        }
        let own = fields.fields(key)
        own.allow(["file"], &problems)
        guard value.map != nil, let path = own.string("file", &problems) else {
            problems.report(fields.path + [key], "expected text, or { file: PATH }")
            return nil
        }
        return .file(path.hasPrefix("/") ? path : directory + "/" + path)
    }

    /// A secret that is a URL: its path lets whoever knows it write. It is not said what was found instead.
    func secretURL(_ key: String, _ problems: inout Problems) -> Secret? {
        guard let secret = secret(key, &problems) else { return nil }
        if let text = secret.text, !Self.isURL(text) {
            problems.report(fields.path + [key], "expected a URL that begins with https:// or http://")
        }
        return secret
    }

    /// Without a slash at its end.
    func url(_ key: String, _ problems: inout Problems) -> String? {
        guard let text = fields.string(key, &problems) else { return nil }
        if !Self.isURL(text) || text.contains("@") {
            problems.report(
                fields.path + [key], "expected a URL that begins with https:// or http://, without user and password")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func isURL(_ text: String) -> Bool {
        guard
            let rest = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) }).map({
                text.dropFirst($0.count)
            })
        else { return false }
        return !rest.isEmpty && !rest.hasPrefix("/")
            && text.unicodeScalars.allSatisfy { $0.value > 32 && $0.value < 127 }
    }

    /// Headers by name; what is in them may be secret.
    func headers(_ key: String, _ problems: inout Problems) -> [String: Secret] {
        guard let value = fields[key] else { return [:] }
        guard let map = value.map else {
            problems.report(fields.path + [key], "expected a mapping of names to values")
            return [:]
        }
        let own = AlertFields(fields: fields.fields(key), directory: directory)
        var headers: [String: Secret] = [:]
        for name in map.keys {
            let isToken =
                !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            if !isToken { problems.report(own.fields.path + [name], "'\(name)' is no name of a header") }
            headers[name] = own.secret(name, &problems)
        }
        return headers
    }

    /// A text in which every placeholder is known.
    func template(_ key: String, _ problems: inout Problems) -> String? {
        guard let text = fields.string(key, &problems) else { return nil }
        do throws(AlertTemplate.UnknownPlaceholder) {
            _ = try AlertTemplate(text)
        } catch {
            let names = AlertTemplate.Placeholder.allCases.map(\.rawValue)
            problems.report(
                fields.path + [key],
                "unknown placeholder '{{\(error.name)}}'; there are \(names.joined(separator: ", "))",
                hint: nearest(error.name, in: names))
        }
        return text
    }

    /// `HOST` or `HOST:PORT`; the usual port is that of the encryption.
    func server(
        _ key: String, _ encryption: MailChannel.Encryption, _ problems: inout Problems
    ) -> (host: String, port: UInt16)? {
        guard let text = fields.string(key, &problems) else { return nil }
        let usual: UInt16 =
            switch encryption {
            case .tls: 465
            case .starttls: 587
            case .off: 25
            }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let port = parts.count == 2 ? UInt16(parts[1]) : usual
        guard let port, port > 0, (1...2).contains(parts.count), let host = parts.first, !host.isEmpty,
            host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) })
        else {
            problems.report(fields.path + [key], "expected HOST or HOST:PORT, found '\(text)'")
            return nil
        }
        return (String(host), port)
    }

    func address(_ key: String, _ problems: inout Problems) -> String? {
        guard let text = fields.string(key, &problems) else { return nil }
        return checked(text, at: fields.path + [key], &problems)
    }

    /// One address, or a list of them.
    func addresses(_ key: String, _ problems: inout Problems) -> [String] {
        guard let value = fields[key] else { return [] }
        if value.scalarText != nil { return address(key, &problems).map { [$0] } ?? [] }
        let texts = fields.strings(key, &problems) ?? []
        if texts.isEmpty { problems.report(fields.path + [key], "expected at least one address") }
        return texts.enumerated().compactMap { checked($1, at: fields.path + [key, "\($0)"], &problems) }
    }

    /// What SMTP takes as it is: `user@host`, without a name before it.
    private func checked(_ text: String, at path: [String], _ problems: inout Problems) -> String? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.value > 32 && $0.value < 127 && !"<>,;\"()".unicodeScalars.contains($0)
        }
        if parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, isPlain { return text }
        problems.report(path, "expected an address such as ops@example.com, found '\(text)'")
        return nil
    }
}
