import Foundation
import Stack
import Testing

@testable import Gateway

@Suite struct AccessLineTests {
    private static func line(
        _ format: AccessLogPolicy.Format, room size: Int = AccessLog.longestLine,
        _ write: (inout AccessLineWriter) -> Void
    ) -> String? {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { room.deallocate() }
        var writer = AccessLineWriter(format, into: room)
        write(&writer)
        return writer.end().map { String(decoding: room[..<$0], as: UTF8.self) }
    }

    private static func text(_ format: AccessLogPolicy.Format, _ bytes: [UInt8], isCut: Bool = false) -> String? {
        line(format) { line in
            bytes.withUnsafeBytes { line.text("path", $0, isCut: isCut) }
            line.number("status", 200)
        }
    }

    private static let hostile: [[UInt8]] = [
        Array("/".utf8), Array("/a?b=c&d=\"e\"".utf8), Array("/\\\"\\".utf8), Array("/a b".utf8), [],
        Array("/\r\n{\"status\":500}".utf8), Array("/\u{0}\u{7}\u{1B}[31m\u{7F}".utf8), Array("/ü/日本".utf8),
        [0x2F, 0xFF, 0xFE, 0xC3, 0x28, 0x80], Array("\" x=\"".utf8), Array("a=b".utf8), Array("/%2e%2e/%00".utf8),
        (0...255).map { UInt8($0) },
    ]

    @Test(arguments: hostile) func jsonIsJSONWhateverComes(bytes: [UInt8]) throws {
        let line = try #require(Self.text(.json, bytes))
        #expect(line.hasSuffix("\n") && line.dropLast().allSatisfy { !$0.isNewline && $0.isASCII })
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect(object?.count == 2 && object?["status"] as? Int == 200)
        let path = try #require(object?["path"] as? String)
        // What cannot be written as it is stands as in a URL, so the bytes can be had back.
        let plain = bytes.filter { (0x20...0x7E).contains($0) }.count
        #expect(path.utf8.count == plain + 3 * (bytes.count - plain))
        if !bytes.contains(UInt8(ascii: "%")) { #expect(Self.decoded(path) == bytes) }
    }

    @Test(arguments: hostile) func logfmtIsLogfmtWhateverComes(bytes: [UInt8]) throws {
        let line = try #require(Self.text(.logfmt, bytes))
        #expect(line.hasSuffix("\n") && line.dropLast().allSatisfy { !$0.isNewline && $0.isASCII })
        let pairs = try #require(Logfmt.parse(String(line.dropLast())))
        #expect(pairs.map(\.key) == ["path", "status"])
        #expect(pairs.last?.value == "200")
        if !bytes.contains(UInt8(ascii: "%")) { #expect(Self.decoded(pairs.first?.value ?? "") == bytes) }
    }

    private static func decoded(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), rest.count >= 2 else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test func whatIsCutSaysSo() {
        #expect(Self.text(.json, Array("/abc".utf8), isCut: true) == "{\"path\":\"/abc...\",\"status\":200}\n")
        #expect(Self.text(.logfmt, Array("/abc".utf8), isCut: true) == "path=/abc... status=200\n")
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_769_853_600_123_999_999, "2026-01-31T10:00:00.123Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (4_107_542_399_999_000_000, "2100-02-28T23:59:59.999Z"), (Int64.max, "2262-04-11T23:47:16.854Z"),
            (Int64.min, "1677-09-21T00:12:43.145Z"),
        ] as [(Int64, String)])
    func timesAreThoseOfTheCalendar(nanoseconds: Int64, text: String) {
        #expect(Self.line(.logfmt) { $0.time("time", nanosecondsSince1970: nanoseconds) } == "time=\(text)\n")
        #expect(Self.line(.json) { $0.time("time", nanosecondsSince1970: nanoseconds) } == "{\"time\":\"\(text)\"}\n")
    }

    @Test func numbersAreWrittenInFull() {
        let text = Self.line(.logfmt) { line in
            line.number("a", 0)
            line.number("b", .max)
            line.seconds("c", nanoseconds: 1_234_567_890)
            line.seconds("d", nanoseconds: 999)
            line.seconds("e", nanoseconds: -1)
            line.seconds("f", nanoseconds: .max)
        }
        #expect(
            text == "a=0 b=18446744073709551615 c=1.234567 d=0.000000 e=0.000000 f=9223372036.854775\n")
    }

    @Test func aLineThatDoesNotFitIsNone() {
        for room in 0..<20 {
            #expect(Self.line(.json, room: room) { $0.number("status", 12_345_678) } == nil)
        }
        #expect(Self.line(.json, room: 21) { $0.number("status", 12_345_678) } == "{\"status\":12345678}\n")
    }

    @Test func theLongestRequestFits() {
        var note = AccessNote()
        let worst = [UInt8](repeating: 0xFF, count: 4_096)
        worst.withUnsafeBytes { bytes in
            note.path.set(bytes)
            note.method.set(bytes)
            note.requestID.set(bytes)
        }
        #expect(note.path.isCut && note.path.length == 1_024)
        // Each byte takes three; names of services have 255 characters at most in file names.
        let length = 3 * (note.path.length + note.method.length + note.requestID.length) + 4 * 255
        #expect(length + 1_024 < AccessLog.longestLine)
    }
}

/// Reads logfmt strictly: pairs with one space between, values bare or in quotes with `\` before `"` and `\`.
enum Logfmt {
    static func parse(_ line: String) -> [(key: String, value: String)]? {
        var rest = Substring(line)
        var pairs: [(key: String, value: String)] = []
        while true {
            let key = rest.prefix { $0.isLowercase || $0 == "_" }
            rest = rest.dropFirst(key.count)
            guard !key.isEmpty, rest.popFirst() == "=", let value = value(&rest) else { return nil }
            pairs.append((String(key), value))
            guard let separator = rest.popFirst() else { return pairs }
            guard separator == " " else { return nil }
        }
    }

    private static func value(_ rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let bare = rest.prefix { $0 != " " }
            rest = rest.dropFirst(bare.count)
            return bare.isEmpty || bare.contains { $0 == "=" || $0 == "\"" || $0 == "\\" } ? nil : String(bare)
        }
        rest.removeFirst()
        var text = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return text
            case "\\":
                guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else { return nil }
                text.append(escaped)
            case _: text.append(character)
            }
        }
        return nil
    }
}
