/// A value of PackStream, the serialisation that Bolt uses (PackStream specification, version 1).
indirect enum PackStream: Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case float(Double)
    case bytes([UInt8])
    case string(String)
    case list([PackStream])
    /// Entries in the order they have on the wire.
    case dictionary([(key: String, value: PackStream)])
    case structure(tag: UInt8, fields: [PackStream])

    /// Deeper nesting than this is not an answer to a probe.
    private static let depthLimit = 16

    static func == (left: PackStream, right: PackStream) -> Bool {
        left.encoded == right.encoded
    }

    /// The first entry with that key, where this is a dictionary.
    subscript(key: String) -> PackStream? {
        guard case .dictionary(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The text, where this is a string.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The bytes on the wire; integers and lengths in the shortest form.
    var encoded: [UInt8] {
        switch self {
        case .null: [0xC0]
        case .boolean(let value): [value ? 0xC3 : 0xC2]
        case .integer(let value): Self.encode(value)
        case .float(let value): [0xC1] + value.bitPattern.networkBytes
        case .bytes(let bytes): Self.header(bytes.count, tiny: nil, wide: 0xCC) + bytes
        case .string(let text): Self.header(text.utf8.count, tiny: 0x80, wide: 0xD0) + Array(text.utf8)
        case .list(let items): Self.header(items.count, tiny: 0x90, wide: 0xD4) + items.flatMap(\.encoded)
        case .dictionary(let entries):
            Self.header(entries.count, tiny: 0xA0, wide: 0xD8)
                + entries.flatMap { PackStream.string($0.key).encoded + $0.value.encoded }
        case .structure(let tag, let fields):
            [0xB0 | UInt8(truncatingIfNeeded: min(fields.count, 15)), tag] + fields.prefix(15).flatMap(\.encoded)
        }
    }

    /// Reads exactly one value from `bytes`; nil where they are malformed, nested too deep or more than that.
    static func decode(_ bytes: [UInt8]) -> PackStream? {
        var reader = ByteReader(bytes[...])
        guard let value = read(&reader, depth: 0), reader.rest.isEmpty else { return nil }
        return value
    }
}

extension PackStream {
    private static func encode(_ value: Int64) -> [UInt8] {
        switch value {
        case -16...127: [UInt8(truncatingIfNeeded: value)]
        case -128...127: [0xC8, UInt8(truncatingIfNeeded: value)]
        case -32_768...32_767: [0xC9] + UInt16(truncatingIfNeeded: value).networkBytes
        case -2_147_483_648...2_147_483_647: [0xCA] + UInt32(truncatingIfNeeded: value).networkBytes
        default: [0xCB] + UInt64(bitPattern: value).networkBytes
        }
    }

    /// The marker of something that long: in four bits of `tiny` where it has such a form, else 8, 16 or 32 bits wide.
    private static func header(_ count: Int, tiny: UInt8?, wide: UInt8) -> [UInt8] {
        if let tiny, count < 16 { return [tiny | UInt8(truncatingIfNeeded: count)] }
        if count <= 0xFF { return [wide, UInt8(truncatingIfNeeded: count)] }
        if count <= 0xFFFF { return [wide + 1] + UInt16(truncatingIfNeeded: count).networkBytes }
        return [wide + 2] + UInt32(truncatingIfNeeded: count).networkBytes
    }

    private static func read(_ reader: inout ByteReader, depth: Int) -> PackStream? {
        guard depth < depthLimit, let marker = reader.byte() else { return nil }
        let low = Int(marker & 0x0F)
        switch marker {
        case 0x00...0x7F, 0xF0...0xFF: return .integer(Int64(Int8(bitPattern: marker)))
        case 0x80...0x8F: return string(&reader, low)
        case 0x90...0x9F: return list(&reader, low, depth: depth)
        case 0xA0...0xAF: return dictionary(&reader, low, depth: depth)
        case 0xB0...0xBF: return structure(&reader, low, depth: depth)
        case 0xC0: return .null
        case 0xC1: return reader.unsigned64().map { .float(Double(bitPattern: $0)) }
        case 0xC2: return .boolean(false)
        case 0xC3: return .boolean(true)
        case 0xC8...0xCB: return integer(&reader, width: marker - 0xC8)
        case 0xCC...0xCE:
            return length(&reader, width: marker - 0xCC).flatMap { reader.bytes($0) }.map { .bytes(Array($0)) }
        case 0xD0...0xD2: return length(&reader, width: marker - 0xD0).flatMap { string(&reader, $0) }
        case 0xD4...0xD6: return length(&reader, width: marker - 0xD4).flatMap { list(&reader, $0, depth: depth) }
        case 0xD8...0xDA:
            return length(&reader, width: marker - 0xD8).flatMap { dictionary(&reader, $0, depth: depth) }
        default: return nil
        }
    }

    private static func length(_ reader: inout ByteReader, width: UInt8) -> Int? {
        switch width {
        case 0: reader.byte().map(Int.init)
        case 1: reader.unsigned16().map(Int.init)
        default: reader.unsigned32().map(Int.init)
        }
    }

    private static func integer(_ reader: inout ByteReader, width: UInt8) -> PackStream? {
        let value: Int64? =
            switch width {
            case 0: reader.byte().map { Int64(Int8(bitPattern: $0)) }
            case 1: reader.unsigned16().map { Int64(Int16(bitPattern: $0)) }
            case 2: reader.unsigned32().map { Int64(Int32(bitPattern: $0)) }
            default: reader.unsigned64().map { Int64(bitPattern: $0) }
            }
        return value.map { .integer($0) }
    }

    private static func string(_ reader: inout ByteReader, _ count: Int) -> PackStream? {
        reader.bytes(count).map { .string(String(decoding: $0, as: UTF8.self)) }
    }

    // No count is trusted for reserving memory: each entry takes at least a byte, so a lie ends the reading.

    private static func list(_ reader: inout ByteReader, _ count: Int, depth: Int) -> PackStream? {
        items(&reader, count, depth: depth).map { .list($0) }
    }

    private static func structure(_ reader: inout ByteReader, _ count: Int, depth: Int) -> PackStream? {
        guard let tag = reader.byte() else { return nil }
        return items(&reader, count, depth: depth).map { .structure(tag: tag, fields: $0) }
    }

    private static func items(_ reader: inout ByteReader, _ count: Int, depth: Int) -> [PackStream]? {
        var items: [PackStream] = []
        while items.count < count {
            guard let item = read(&reader, depth: depth + 1) else { return nil }
            items.append(item)
        }
        return items
    }

    private static func dictionary(_ reader: inout ByteReader, _ count: Int, depth: Int) -> PackStream? {
        var entries: [(key: String, value: PackStream)] = []
        while entries.count < count {
            guard let key = read(&reader, depth: depth + 1)?.text, let value = read(&reader, depth: depth + 1) else {
                return nil
            }
            entries.append((key, value))
        }
        return .dictionary(entries)
    }
}
