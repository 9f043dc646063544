internal import Compose

/// A command line that makes no sense: what is wrong, and what was probably meant.
struct UsageError: Error, Equatable, CustomStringConvertible {
    var message: String
    /// The nearest valid word, if one is near.
    var suggestion: String?

    init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }

    /// A service that the project does not have.
    static func noService(_ name: String, among known: [String]) -> UsageError {
        UsageError("there is no service '\(name)'", suggestion: nearest(name, in: known))
    }

    var description: String {
        message + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
    }
}
