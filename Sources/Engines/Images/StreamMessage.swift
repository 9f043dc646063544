internal import FoundationEssentials

/// One line of what the engine says while it pulls or builds.
struct StreamMessage: Decodable {
    struct Progress: Decodable {
        var current: Int64?
        var total: Int64?
    }

    struct ErrorDetail: Decodable {
        var message: String?
    }

    struct Auxiliary: Decodable {
        var ID: String?
    }

    var status: String?
    var id: String?
    var progressDetail: Progress?
    /// What a build prints.
    var stream: String?
    var aux: Auxiliary?
    var error: String?
    var errorDetail: ErrorDetail?

    /// Why it came to nothing.
    var failure: String? {
        if let message = errorDetail?.message, !message.isEmpty { return message }
        return error ?? errorDetail.map { _ in "the engine does not say what failed" }
    }

    /// Nil where the line is none: engines may say what is not known here.
    init?(_ line: ArraySlice<UInt8>) {
        guard let message = try? JSONDecoder().decode(StreamMessage.self, from: Data(line)) else { return nil }
        self = message
    }
}
