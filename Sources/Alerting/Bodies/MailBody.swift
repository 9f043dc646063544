internal import Stack

/// A mail of plain text (RFC 5322, with RFC 2045 and 2047 for what is not ASCII). All about one alert refers to one thread,
/// and no server answers it by itself (RFC 3834).
enum MailBody {
    static func content(_ text: AlertText, _ channel: MailChannel) -> String {
        let message = text.message
        let host = domain(message.host)
        var headers = [
            "From: \(line(channel.from))", "To: \(channel.to.map(line).joined(separator: ",\r\n "))",
            "Subject: \(encodedWord(line(text.title)))", "Date: \(UTCText.mail(message.createdAt))",
            "Message-ID: <\(token(message.id))@\(host)>",
        ]
        if let item = message.items.first, message.items.count == 1 {
            headers.append("References: <\(token(message.stack))-alert-\(item.id)@\(host)>")
        }
        let body = text.lines.map(line).joined(separator: "\r\n") + "\r\n"
        let isPlain = body.utf8.allSatisfy { $0 < 128 } && text.lines.allSatisfy { $0.utf8.count < 998 }
        headers += [
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: \(isPlain ? "7bit" : "base64")",
        ]
        return headers.joined(separator: "\r\n") + "\r\n\r\n" + (isPlain ? body : wrapped(Base64.encode(body.utf8)))
    }

    /// Nothing that would begin another header or line.
    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    }

    /// Letters that need no quoting in an identifier.
    private static func token(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" })
    }

    private static func domain(_ host: String) -> String {
        host.isEmpty || !host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.".contains($0)) }
            ? "hale.invalid" : host
    }

    /// RFC 2047: words of at most 75 characters, each of whole characters.
    private static func encodedWord(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 128 }) || text.utf8.count > 900 else { return text }
        var words: [String] = []
        var part = ""
        for character in text.cut(to: 400) {
            if part.utf8.count + character.utf8.count > 45 {
                words.append(part)
                part = ""
            }
            part.append(character)
        }
        words.append(part)
        return words.map { "=?utf-8?B?\(Base64.encode($0.utf8))?=" }.joined(separator: "\r\n ")
    }

    private static func wrapped(_ text: String) -> String {
        var lines: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty {
            lines.append(rest.prefix(76))
            rest = rest.dropFirst(76)
        }
        return lines.joined(separator: "\r\n") + "\r\n"
    }
}

/// RFC 4648, section 4.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let bits = part.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
            for place in 0..<4 {
                text.append(place <= part.count ? digits[Int(bits >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
