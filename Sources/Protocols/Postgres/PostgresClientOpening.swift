/// What a PostgreSQL client said first, or next, before its session began (PostgreSQL documentation, 54.2.1, 54.2.10
/// and 54.7).
public enum PostgresClientOpening: Sendable, Equatable {
    /// The packet has not wholly arrived.
    case incomplete
    /// An SSLRequest or GSSENCRequest of that many bytes. A server that has no encryption answers `N`, and the client
    /// then sends another packet or leaves. Until it was answered, no error may be sent: clients do not read one there.
    case encryptionRequest(length: Int)
    /// A StartupMessage of that many bytes. From here on the client can be told an error.
    case startup(length: Int)
    /// A CancelRequest of that many bytes. It is never answered; the connection just ends.
    case cancel(length: Int)
    /// None of these: TLS without a request, or another protocol. There is no way to answer it.
    case unknown

    /// The longest first packet that a server takes (`MAX_STARTUP_PACKET_LENGTH`).
    private static let mostBytes: UInt32 = 10000
    private static let cancelCode: UInt32 = 80_877_102
    private static let sslCode: UInt32 = 80_877_103
    private static let gssCode: UInt32 = 80_877_104

    /// Whether the packet at the start of `bytes`, an encryption request, is one for TLS (SSLRequest).
    public static func asksForTLS(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 8 && UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) == sslCode
    }

    /// Reads the packet at the start of `bytes`, which are what the client sent and was not yet answered.
    public static func read(_ bytes: UnsafeRawBufferPointer) -> PostgresClientOpening {
        // TLS and all else that is not a length below 16 MiB is told by its first byte.
        guard let first = bytes.first else { return .incomplete }
        guard first == 0 else { return .unknown }
        guard bytes.count >= 8 else { return .incomplete }
        let length = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
        let code = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        guard length >= 8, length <= mostBytes else { return .unknown }
        let opening: PostgresClientOpening
        switch code {
        case sslCode, gssCode:
            guard length == 8 else { return .unknown }
            opening = .encryptionRequest(length: 8)
        case cancelCode:
            guard length >= 16 else { return .unknown }
            opening = .cancel(length: Int(length))
        case _:
            guard code >> 16 == 3 else { return .unknown }
            opening = .startup(length: Int(length))
        }
        return bytes.count >= Int(length) ? opening : .incomplete
    }
}
