/// Why a message is refused. One case for each kind of mistake, so that logs, counters and tests can tell them apart.
public enum HTTPRefusal: UInt8, Error, Sendable, Equatable, CaseIterable {
    /// A request line that is not `method SP target SP version`.
    case badRequestLine
    /// A method longer than any that exists.
    case methodTooLong
    /// A request target that is of no form, has a fragment, or does not suit its method.
    case badTarget
    /// A first line beyond the limit.
    case lineTooLong
    /// A status line that is not `version SP status SP reason`, or a status outside 100 to 599.
    case badStatusLine
    /// A version other than HTTP/1.0 and HTTP/1.1.
    case unsupportedVersion
    /// Too many empty lines before a request line, or any before a status line.
    case emptyLines
    /// A line feed without a carriage return before it.
    case bareLineFeed
    /// A carriage return without a line feed behind it.
    case bareCarriageReturn
    /// A control byte.
    case controlByte
    /// A field name that is empty or not a token, or that a blank parts from its colon.
    case badFieldName
    /// A field line that goes on in the next one (obs-fold).
    case foldedField
    /// A head beyond the limit.
    case headTooLarge
    /// More fields than the limit.
    case tooManyFields
    /// A Content-Length that is not one plain number, or one more than there can be.
    case badContentLength
    /// More than one Content-Length.
    case repeatedContentLength
    /// Both Content-Length and Transfer-Encoding.
    case lengthAndTransferEncoding
    /// A Transfer-Encoding that does not end in `chunked`, names it twice, or comes twice.
    case badTransferEncoding
    /// A transfer coding besides `chunked`.
    case unsupportedTransferCoding
    /// A Transfer-Encoding in HTTP/1.0, where there is none.
    case transferEncodingInOldVersion
    /// A Content_Length or Transfer_Encoding, which some servers take for the real one.
    case disguisedField
    /// No Host where HTTP/1.1 demands one.
    case missingHost
    /// More than one Host.
    case repeatedHost
    /// A Host that is no host with an optional port.
    case badHost
    /// A Host other than that of the absolute target.
    case conflictingHost
    /// A Connection that is no list of tokens, or that names a field which is not for one hop only.
    case badConnection
    /// Content, or a length of it, where there must be none.
    case unexpectedContent
    /// A switch of protocols that nobody asked for.
    case unexpectedUpgrade
    /// A chunk size that is not a hexadecimal number, or larger than there can be.
    case badChunkSize
    /// A chunk extension that is too long or has control bytes.
    case badChunkExtension
    /// A chunk that does not end where its size says.
    case badChunkEnd
    /// Trailer fields beyond the limit.
    case trailersTooLarge
    /// A trailer field that would change what the head said.
    case forbiddenTrailer

    /// The status that tells a client about a mistake in its request. A mistake in an answer is told with 502 instead.
    public var status: UInt16 {
        switch self {
        case .lineTooLong: 414
        case .headTooLarge, .tooManyFields, .trailersTooLarge: 431
        case .methodTooLong, .unsupportedTransferCoding: 501
        case .unsupportedVersion: 505
        case .badRequestLine, .badTarget, .badStatusLine, .emptyLines, .bareLineFeed, .bareCarriageReturn, .controlByte,
            .badFieldName, .foldedField, .badContentLength, .repeatedContentLength, .lengthAndTransferEncoding,
            .badTransferEncoding, .transferEncodingInOldVersion, .disguisedField, .missingHost, .repeatedHost, .badHost,
            .conflictingHost, .badConnection, .unexpectedContent, .unexpectedUpgrade, .badChunkSize, .badChunkExtension,
            .badChunkEnd, .forbiddenTrailer:
            400
        }
    }

    /// The mistake in a few words, safe to show to anyone.
    public var reason: StaticString {
        switch self {
        case .badRequestLine: "malformed request line"
        case .methodTooLong: "method too long"
        case .badTarget: "malformed request target"
        case .lineTooLong: "first line too long"
        case .badStatusLine: "malformed status line"
        case .unsupportedVersion: "HTTP version not supported"
        case .emptyLines: "empty lines before the first line"
        case .bareLineFeed: "line feed without carriage return"
        case .bareCarriageReturn: "carriage return without line feed"
        case .controlByte: "control byte in the head"
        case .badFieldName: "malformed field name"
        case .foldedField: "folded field line"
        case .headTooLarge: "head too large"
        case .tooManyFields: "too many fields"
        case .badContentLength: "malformed Content-Length"
        case .repeatedContentLength: "repeated Content-Length"
        case .lengthAndTransferEncoding: "both Content-Length and Transfer-Encoding"
        case .badTransferEncoding: "malformed Transfer-Encoding"
        case .unsupportedTransferCoding: "transfer coding not supported"
        case .transferEncodingInOldVersion: "Transfer-Encoding in HTTP/1.0"
        case .disguisedField: "Content_Length or Transfer_Encoding"
        case .missingHost: "no Host"
        case .repeatedHost: "repeated Host"
        case .badHost: "malformed Host"
        case .conflictingHost: "Host differs from the request target"
        case .badConnection: "malformed Connection"
        case .unexpectedContent: "content where there must be none"
        case .unexpectedUpgrade: "switch of protocols without a request"
        case .badChunkSize: "malformed chunk size"
        case .badChunkExtension: "malformed chunk extension"
        case .badChunkEnd: "malformed end of a chunk"
        case .trailersTooLarge: "trailer fields too large"
        case .forbiddenTrailer: "forbidden trailer field"
        }
    }
}
