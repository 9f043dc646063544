/// `security_opt`, with the seccomp profiles that it names read from their files.
struct SecurityLowering {
    let service: Fields
    let project: ComposeProject

    func apply(to host: inout ComposeMap, _ problems: inout Problems) {
        var options: [String] = []
        for (index, text) in service.texts("security_opt").enumerated() {
            if text == "systempaths=unconfined" {
                host["MaskedPaths"] = .list([])
                host["ReadonlyPaths"] = .list([])
            } else if let option = option(text, service.path + ["security_opt", "\(index)"], &problems) {
                options.append(option)
            }
        }
        host["SecurityOpt"] = .unlessEmpty(options)
    }

    private func option(_ text: String, _ path: [String], _ problems: inout Problems) -> String? {
        if text == "no-new-privileges" { return text }
        let separator: Character = text.contains("=") ? "=" : ":"
        let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            problems.report(path, "expected NAME=VALUE, found '\(text)'")
            return nil
        }
        guard parts[0] == "seccomp", parts[1] != "unconfined", parts[1] != "builtin" else { return text }
        do {
            return "seccomp=" + Self.compact(try FileReading.bytes(Paths.join(project.directory, parts[1])))
        } catch {
            problems.report(path, "the profile \(parts[1]) cannot be read: \(error.description)")
            return nil
        }
    }

    /// JSON without the white space between its parts.
    private static func compact(_ json: [UInt8]) -> String {
        var isInText = false
        var isEscaped = false
        let kept = json.filter { byte in
            if isInText {
                if byte == UInt8(ascii: "\""), !isEscaped { isInText = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                return true
            }
            isInText = byte == UInt8(ascii: "\"")
            return ![UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t")].contains(byte)
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
