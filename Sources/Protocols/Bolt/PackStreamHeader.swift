/// The head of one value of PackStream (neo4j.com/docs/bolt/current/packstream): what follows its marker byte.
enum PackStreamHeader: Equatable {
    /// Nothing, or that many bytes without a meaning here.
    case plain(bytes: UInt64)
    /// A text of that many bytes.
    case text(bytes: UInt64)
    /// A list of that many values, or a map of half as many entries.
    case values(UInt64)
    /// A structure of that many fields, behind a signature byte.
    case structure(fields: UInt64)
    /// The number of bytes that tell the size of what the marker announces.
    case sized(marker: UInt8, bytes: Int)
    /// No marker.
    case unknown

    init(marker: UInt8) {
        let small = UInt64(marker & 0x0f)
        switch marker {
        case 0x00...0x7f, 0xf0...0xff, 0xc0, 0xc2, 0xc3: self = .plain(bytes: 0)
        case 0x80...0x8f: self = .text(bytes: small)
        case 0x90...0x9f: self = .values(small)
        case 0xa0...0xaf: self = .values(small * 2)
        case 0xb0...0xbf: self = .structure(fields: small)
        case 0xc8: self = .plain(bytes: 1)
        case 0xc9: self = .plain(bytes: 2)
        case 0xca: self = .plain(bytes: 4)
        case 0xcb, 0xc1: self = .plain(bytes: 8)
        case 0xcc, 0xd0, 0xd4, 0xd8: self = .sized(marker: marker, bytes: 1)
        case 0xcd, 0xd1, 0xd5, 0xd9: self = .sized(marker: marker, bytes: 2)
        case 0xce, 0xd2, 0xd6, 0xda: self = .sized(marker: marker, bytes: 4)
        case _: self = .unknown
        }
    }

    /// What a marker with a size announces, once the size is known.
    init(marker: UInt8, size: UInt64) {
        switch marker {
        case 0xcc, 0xcd, 0xce: self = .plain(bytes: size)
        case 0xd0, 0xd1, 0xd2: self = .text(bytes: size)
        case 0xd4, 0xd5, 0xd6: self = .values(size)
        case 0xd8, 0xd9, 0xda: self = .values(size &* 2)
        case _: self = .unknown
        }
    }
}
