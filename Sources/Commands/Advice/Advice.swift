internal import Compose

/// One thing about a valid project that could go wrong later, and what to do about it.
struct Advice: Equatable {
    enum Rule: String, CaseIterable {
        case noHealthCheck = "no-healthcheck"
        case noMemoryLimit = "no-memory-limit"
        case unpinnedImage = "unpinned-image"
        case noCondition = "no-condition"
        case secretInEnvironment = "secret-in-environment"
        case publishedEverywhere = "published-everywhere"
        case noRestart = "no-restart"
        case shortGrace = "short-grace"
        case duplicatePort = "duplicate-port"
        case nothingToRun = "nothing-to-run"
        case udpPort = "udp-port"
        case bindMount = "bind-mount"
        case repeatedWrites = "repeated-writes"
        case breakerOff = "breaker-off"
    }

    var rule: Rule
    var service: String
    /// Where in the model it is.
    var path: [String]
    var message: String
    /// What to do.
    var hint: String
}

/// What the rules look at: one service of the resolved model.
struct AdvisedService {
    let name: String
    let model: ComposeValue
    /// Whether another service waits for it to end with exit code 0.
    let isOneShot: Bool

    var path: [String] { ["services", name] }
    var extensions: ComposeValue? { model["x-hale"] }

    /// Whether it says how to tell that it is well.
    var hasCheck: Bool {
        if let check = extensions?["check"], check != .null { return true }
        guard let health = model["healthcheck"], health != .null else { return false }
        return health["disable"] != .bool(true) && health["test"]?.items.first != .string("NONE")
    }

    /// Whether the file says on purpose that it has no health check.
    var declinesCheck: Bool {
        guard let health = model["healthcheck"], health != .null else { return false }
        return health["disable"] == .bool(true) || health["test"]?.items.first == .string("NONE")
    }

    /// The last part of the image's name without tag and digest: `postgres` for `registry:5000/library/postgres:17`.
    var program: String? {
        guard let image = model["image"]?.text else { return nil }
        let name = image.split(separator: "/").last ?? ""
        return name.split(whereSeparator: { $0 == ":" || $0 == "@" }).first.map(String.init)
    }

    func advice(_ rule: Advice.Rule, at suffix: [String] = [], _ message: String, hint: String) -> Advice {
        Advice(rule: rule, service: name, path: path + suffix, message: message, hint: hint)
    }
}

extension ComposeValue {
    var items: [ComposeValue] {
        if case .list(let items) = self { items } else { [] }
    }

    var entries: ComposeMap {
        if case .map(let entries) = self { entries } else { [:] }
    }

    /// The text of a scalar.
    var text: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        case .null, .list, .map: nil
        }
    }
}
