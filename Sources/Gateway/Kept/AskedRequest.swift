internal import Protocols

/// A request to a service whose answers are kept: what of it decides on that, and the answer while it streams past.
final class AskedRequest {
    private let bytes: [UInt8]
    private let fields: [HTTPField]
    let method: HTTPMethod
    /// Port, host, path and query.
    let target: [UInt8]
    /// The answer as it comes, once it is known to be worth keeping.
    var answer: Coming?

    /// An answer of which the body has not come whole.
    struct Coming {
        let variations: [HTTPVariation]
        let fields: [UInt8]
        let life: HTTPStoredLife
        let isChunked: Bool
        /// The body as it comes, in its framing.
        var body: [UInt8] = []
    }

    init(_ head: HTTPRequestHead, fields: UnsafeBufferPointer<HTTPField>, _ bytes: UnsafeRawBufferPointer, port: UInt16)
    {
        self.bytes = Array(bytes.prefix(head.headLength))
        self.fields = Array(fields.prefix(head.fieldCount))
        method = head.method
        let host = bytes[Int(head.authority.lowerBound)..<Int(head.authority.upperBound)]
        let path = bytes[Int(head.path.lowerBound)..<Int(head.path.upperBound)]
        var target = [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
        target += host.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        target.append(0)
        target += path.isEmpty ? Array("/".utf8) : Array(path)
        self.target = target
    }

    /// Hands on what the fields are.
    func withFields<Result>(_ use: (HTTPFieldView) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            fields.withUnsafeBufferPointer { use(HTTPFieldView(fields: $0, original: bytes)) }
        }
    }
}
