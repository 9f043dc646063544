internal import Compose
internal import Stack

/// The body that sets a flag: the value, and for how long.
struct FlagOrder: Decodable, Equatable {
    var value: JSONValue
    /// Until it is cleared, where it is not given.
    var seconds: Double?

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { return nil }
    }

    private static let fields = ["value", "for_seconds"]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func problem(_ text: String) -> DecodingError {
            .dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: text))
        }
        for name in container.allKeys.map(\.stringValue).sorted() where !Self.fields.contains(name) {
            let hint =
                nearest(name, in: Self.fields).map { "did you mean '\($0)'?" }
                ?? "there are " + Self.fields.joined(separator: ", ")
            throw problem("there is no field '\(name.prefix(60))'; \(hint)")
        }
        value = try container.decode(JSONValue.self, forKey: Key(stringValue: "value"))
        guard value.type != nil else {
            throw problem("'value' should be true or false, a string, a number or an object")
        }
        let key = Key(stringValue: "for_seconds")
        guard container.contains(key) else { return }
        let seconds = try container.decode(Double.self, forKey: key)
        guard seconds > 0, seconds <= BodyField.mostSeconds else {
            throw problem("'for_seconds' should be a number over 0 and up to \(Int64(BodyField.mostSeconds))")
        }
        self.seconds = seconds
    }
}
