internal import FoundationEssentials

/// JSON as the command line prints it: the same text for the same value.
enum JSONOutput {
    /// The value in one line, or `pretty` over several; without a line end.
    static func text(_ value: some Encodable, pretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
