/// One ustar block, and what did not fit into it.
struct TarHeader {
    private static let nameWidth = 100
    private static let prefixWidth = 155

    /// The block.
    private(set) var bytes = [UInt8](repeating: 0, count: TarArchive.blockSize)
    /// What a pax header before it has to say.
    private(set) var records: [(key: String, value: String)] = []

    init(_ entry: TarEntry) {
        let type: UInt8
        var size: Int64 = 0
        var path = entry.path
        switch entry.kind {
        case .file(let count):
            type = UInt8(ascii: "0")
            size = max(count, 0)
        case .folder:
            type = UInt8(ascii: "5")
            path += "/"
        case .link(let target):
            type = UInt8(ascii: "2")
            put(target, at: 157, key: "linkpath")
        }
        putName(path)
        put(Int64(entry.mode & 0o7777), at: 100, width: 8, key: "mode")
        put(Int64(max(entry.user, 0)), at: 108, width: 8, key: "uid")
        put(Int64(max(entry.group, 0)), at: 116, width: 8, key: "gid")
        put(size, at: 124, width: 12, key: "size")
        put(entry.modified, at: 136, width: 12, key: "mtime")
        finish(type)
    }

    /// The block before pax records of so many bytes.
    init(paxOf entry: TarEntry, size: Int) {
        let name = entry.path.split(separator: "/").last.map(String.init) ?? ""
        place(Array("PaxHeaders/\(name)".utf8.map { $0 < 128 ? $0 : UInt8(ascii: "_") }.prefix(Self.nameWidth)), at: 0)
        put(0o644, at: 100, width: 8, key: "mode")
        put(0, at: 108, width: 8, key: "uid")
        put(0, at: 116, width: 8, key: "gid")
        put(Int64(size), at: 124, width: 12, key: "size")
        put(0, at: 136, width: 12, key: "mtime")
        finish(UInt8(ascii: "x"))
    }

    private mutating func finish(_ type: UInt8) {
        bytes[156] = type
        place(Array("ustar\u{0}00".utf8), at: 257)
        // The sum is over a block whose own field is all spaces.
        place([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        let sum = bytes.reduce(0) { $0 + Int($1) }
        place(Self.octal(Int64(sum), digits: 6) ?? [], at: 148)
        bytes[154] = 0
    }

    private mutating func putName(_ path: String) {
        let name = Array(path.utf8)
        guard path.allSatisfy(\.isASCII), let cut = Self.cut(name) else {
            records.append(("path", path))
            place(Array(name.prefix(Self.nameWidth)), at: 0)
            return
        }
        place(Array(name[cut.rest...]), at: 0)
        place(Array(name[..<cut.prefix]), at: 345)
    }

    /// Where a name is cut at a slash, which itself is in neither part; nil where no cut makes both fit.
    private static func cut(_ name: [UInt8]) -> (prefix: Int, rest: Int)? {
        guard name.count > nameWidth else { return (0, 0) }
        // Not at the last byte: a folder's name ends in a slash, and the rest may not be empty.
        let slashes = name.indices.dropLast().filter { name[$0] == UInt8(ascii: "/") }
        return slashes.first { $0 > 0 && $0 <= prefixWidth && name.count - $0 - 1 <= nameWidth }.map { ($0, $0 + 1) }
    }

    private mutating func put(_ text: String, at offset: Int, key: String) {
        let value = Array(text.utf8)
        if value.count > Self.nameWidth || !text.allSatisfy(\.isASCII) { records.append((key, text)) }
        place(Array(value.prefix(Self.nameWidth)), at: offset)
    }

    private mutating func put(_ value: Int64, at offset: Int, width: Int, key: String) {
        if let digits = Self.octal(value, digits: width - 1) {
            place(digits, at: offset)
        } else {
            records.append((key, "\(value)"))
            place([UInt8](repeating: UInt8(ascii: "0"), count: width - 1), at: offset)
        }
    }

    private mutating func place(_ part: [UInt8], at offset: Int) {
        for (index, byte) in part.enumerated() where offset + index < bytes.count { bytes[offset + index] = byte }
    }

    private static func octal(_ value: Int64, digits: Int) -> [UInt8]? {
        guard value >= 0 else { return nil }
        let text = Array(String(value, radix: 8).utf8)
        guard text.count <= digits else { return nil }
        return [UInt8](repeating: UInt8(ascii: "0"), count: digits - text.count) + text
    }
}

/// `LENGTH KEY=VALUE` and a line's end, where the length counts its own digits too.
enum PaxRecord {
    static func bytes(_ key: String, _ value: String) -> [UInt8] {
        let rest = Array(" \(key)=\(value)\n".utf8)
        var length = rest.count
        while length != rest.count + "\(length)".utf8.count { length = rest.count + "\(length)".utf8.count }
        return Array("\(length)".utf8) + rest
    }
}
