/// A field of a request that another answer could have depended on (Vary, RFC 9111 §4.1), with the value it had.
public struct HTTPVariation: Sendable, Equatable {
    /// The field's name in lower case.
    public let name: [UInt8]
    /// Its values joined; nil where the request did not have it.
    public let value: [UInt8]?

    /// Most fields that an answer may depend on; one that names more varies too much to be worth keeping.
    static let most = 16

    /// What Vary names, with the values of the request; nil where the answer depends on what no request says.
    public static func all(response: HTTPFieldView, request: HTTPFieldView) -> [HTTPVariation]? {
        var variations: [HTTPVariation] = []
        for value in response.values(of: "vary") {
            var place = 0
            while place < value.count {
                if value[place].isBlank || value[place] == UInt8(ascii: ",") {
                    place += 1
                    continue
                }
                let start = place
                while place < value.count, value[place].isToken { place += 1 }
                let name = value[start..<place].map { UnsafeRawBufferPointer.lowercased($0) }
                guard !name.isEmpty, name != [UInt8(ascii: "*")], variations.count < most else { return nil }
                variations.append(HTTPVariation(name: name, value: request.joined(name)))
            }
        }
        return variations
    }

    /// Whether another request has the same value.
    public func fits(_ request: HTTPFieldView) -> Bool { request.joined(name) == value }
}

/// The fields of a head together with the bytes that they lie in.
public struct HTTPFieldView {
    /// The fields.
    public let fields: UnsafeBufferPointer<HTTPField>
    /// What their offsets count in.
    public let original: UnsafeRawBufferPointer

    /// Those fields of those bytes.
    public init(fields: UnsafeBufferPointer<HTTPField>, original: UnsafeRawBufferPointer) {
        self.fields = fields
        self.original = original
    }

    /// Whether there is such a field; the name is in lower case.
    func has(_ name: StaticString) -> Bool {
        fields.contains { original.span($0.name).equalsIgnoringCase(name) }
    }

    /// The values of all fields of that name, which is in lower case.
    func values(of name: StaticString) -> [UnsafeRawBufferPointer] {
        fields.filter { original.span($0.name).equalsIgnoringCase(name) }.map { original.span($0.value) }
    }

    /// The same, joined as a list (RFC 9110 §5.3); nil where there is none.
    func joined(_ name: [UInt8]) -> [UInt8]? {
        var joined: [UInt8]?
        for field in fields where name.withUnsafeBytes({ original.span(field.name).equalsIgnoringCase($0) }) {
            let value = original.span(field.value)
            joined = joined.map { $0 + Array(", ".utf8) + value } ?? Array(value)
        }
        return joined
    }

    /// What Cache-Control says.
    public var cacheControl: HTTPCacheControl {
        var control = HTTPCacheControl()
        for field in fields where field.known == .cacheControl { control.read(original.span(field.value)) }
        return control
    }
}
