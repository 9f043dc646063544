internal import FoundationEssentials
public import Stack

extension JSONValue {
    /// Reads a document; nil where it is none.
    public init?(json: String) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)) else { return nil }
        self = value
    }
}
