internal import Compose

/// A finding of `check` with its place.
struct Finding: Encodable, Equatable {
    enum Severity: String, Encodable { case error, warning, advice }

    var severity: Severity
    /// Nil for errors and warnings.
    var rule: String?
    var service: String?
    var file: String
    var line: Int
    var column: Int
    var message: String
    var hint: String?

    init(error diagnostic: Diagnostic) { self.init(.error, diagnostic) }

    init(warning diagnostic: Diagnostic) { self.init(.warning, diagnostic) }

    private init(_ severity: Severity, _ diagnostic: Diagnostic) {
        self.severity = severity
        file = diagnostic.file
        line = diagnostic.line
        column = diagnostic.column
        message = diagnostic.message
        hint = diagnostic.hint
    }

    init(_ advice: Advice, at place: SourcePosition?, otherwise file: String) {
        severity = .advice
        rule = advice.rule.rawValue
        service = advice.service
        self.file = place?.file ?? file
        line = place?.line ?? 1
        column = place?.column ?? 1
        message = advice.message
        hint = advice.hint
    }

    /// `compose.yaml:3:5: advice: web has no health check … (no-healthcheck)`, and the hint below.
    func text(_ style: Style) -> String {
        let subject = service.map { "\($0): " } ?? ""
        let name = rule.map { style.dim(" [\($0)]") } ?? ""
        let word = severity == .error ? style.red(severity.rawValue) : style.yellow(severity.rawValue)
        let advice = hint.map { "\n    \($0)" } ?? ""
        return "\(file):\(line):\(column): \(word): \(subject)\(message)\(name)\(advice)\n"
    }

    /// All findings as a JSON array.
    static func json(_ findings: [Finding]) throws -> String {
        try JSONOutput.text(findings, pretty: true) + "\n"
    }
}

/// The lines of the files of a project, each file read once.
final class SourceLines {
    private var files: [String: [Substring]] = [:]

    /// The text of that line; nil where there is none.
    func line(_ place: SourcePosition) -> String? {
        let lines = files[place.file] ?? read(place.file)
        files[place.file] = lines
        return place.line >= 1 && place.line <= lines.count ? String(lines[place.line - 1]) : nil
    }

    private func read(_ path: String) -> [Substring] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
    }
}
