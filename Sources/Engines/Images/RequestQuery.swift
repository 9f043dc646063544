internal import FoundationEssentials

/// The part of a URL after its question mark.
struct RequestQuery {
    /// `?NAME=VALUE&…`, or nothing.
    private(set) var text = ""

    mutating func add(_ name: String, _ value: String) {
        text += "\(text.isEmpty ? "?" : "&")\(name)=\(EngineSession.escaped(Data(value.utf8)))"
    }

    mutating func add(_ name: String, json value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(value) else { return }
        add(name, String(decoding: json, as: UTF8.self))
    }
}
