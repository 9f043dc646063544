internal import Compose

/// Secrets that the file itself gives away. No value is ever shown.
enum SecretAdvice {
    static func advice(on service: AdvisedService, line: ([String]) -> String?) -> [Advice] {
        (service.model["environment"]?.entries ?? [:]).compactMap { name, value in
            guard let text = value.text, !text.isEmpty, looksSecret(name, text) else { return nil }
            let place = ["environment", name]
            // What a variable fills in is not in the file; a file that cannot be looked at gives the benefit of doubt.
            guard let written = line(service.path + place), !written.contains("${"), !hasVariable(written) else {
                return nil
            }
            return service.advice(
                .secretInEnvironment, at: place, "\(name) looks like a secret that is written in the file",
                hint: "use secrets, or \(name): ${\(name):?} with the value in .env")
        }
    }

    static func looksSecret(_ name: String, _ value: String) -> Bool {
        let words = Set(name.uppercased().split { !$0.isLetter && !$0.isNumber })
        let isPointer = words.contains("FILE") || words.contains("PATH") || value.hasPrefix("/run/secrets/")
        if isPointer { return false }
        let secret: Set<Substring> = ["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "APIKEY", "CREDENTIALS"]
        if !words.isDisjoint(with: secret) { return true }
        let pairs: [Set<Substring>] = [["API", "KEY"], ["PRIVATE", "KEY"], ["ACCESS", "KEY"], ["SECRET", "KEY"]]
        if pairs.contains(where: { $0.isSubset(of: words) }) { return true }
        return hasCredentials(value)
    }

    /// `scheme://user:password@host`.
    private static func hasCredentials(_ value: String) -> Bool {
        let parts = value.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasSuffix(":"), parts[1].isEmpty else { return false }
        let authority = parts[2].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@"), let colon = authority.firstIndex(of: ":") else { return false }
        return colon < at && authority.index(after: colon) < at
    }

    /// `$NAME`, but not `$$`.
    private static func hasVariable(_ line: String) -> Bool {
        var previous: Character = " "
        for character in line {
            if previous == "$", character.isLetter || character == "_" { return true }
            previous = previous == "$" && character == "$" ? " " : character
        }
        return false
    }
}
