internal import Stack

/// `pull_policy`.
struct PullPolicyLowering {
    let service: Fields

    func policy(_ problems: inout Problems) -> PullPolicy {
        let text = service["pull_policy"]?.scalarText ?? ""
        let prefix = "every_"
        switch text {
        case "always": return .always
        case "never": return .never
        case "build": return .build
        case "daily": return .every(.seconds(86_400))
        case "weekly": return .every(.seconds(604_800))
        case _ where text.hasPrefix(prefix):
            if let time = DurationText.parse(text.dropFirst(prefix.count)), time >= .zero { return .every(time) }
            problems.report(
                service.path + ["pull_policy"], "expected a duration behind \(prefix), such as \(prefix)12h")
            return .missing
        default: return .missing
        }
    }
}
