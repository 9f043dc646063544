internal import Breaking
internal import Protocols
internal import Stack

/// What the configuration says of how much a route takes at a time, in the form in which the loop needs it.
struct Load {
    /// Stands for a client of which no rule says anything.
    static let anybody: UInt16 = 0

    /// A rule that does not hold for every call.
    private struct Rule {
        /// Whose calls it is for; `anybody` is everybody's.
        let client: UInt16
        let path: [UInt8]?
        /// In lower case.
        let header: [UInt8]?
        let value: [UInt8]?
        let priority: Priority

        var needsHead: Bool { path != nil || header != nil }
    }

    /// How many calls may be in progress; nil is any number.
    let concurrency: ConcurrencyLimit.Policy?
    /// Calls of one client at a time; nil is any number.
    let perClient: Int?
    /// How much of the limit each priority may fill.
    let shares: PriorityShares
    /// What a call has that none of the rules is for.
    private let priority: Priority
    private let rules: [Rule]
    private let clients: [String]

    init(_ policy: LoadPolicy, port: UInt16, application: ApplicationProtocol) {
        perClient = policy.perClient
        clients = policy.clients
        concurrency = Self.limit(policy.concurrency, isHTTP: application.isHTTP)
        shares = PriorityShares(
            inUse: Priority(policy.priorities.lowerBound)...Priority(policy.priorities.upperBound))
        var rules: [Rule] = []
        var rest = policy.priority
        for rule in policy.rules where rule.port == nil || rule.port == Int(port) {
            guard rule.path != nil || rule.header != nil || rule.client != nil else {
                rest = rule.priority
                break
            }
            rules.append(
                Rule(
                    client: rule.client.map { Self.place(of: $0, in: policy.clients) } ?? Self.anybody,
                    path: rule.path.map { Array($0.utf8) }, header: rule.header.map { Array($0.lowercased().utf8) },
                    value: rule.value.map { Array($0.utf8) }, priority: Priority(rule.priority)))
        }
        self.rules = rules
        priority = Priority(rest)
    }

    private static func limit(_ policy: ConcurrencyPolicy, isHTTP: Bool) -> ConcurrencyLimit.Policy? {
        switch policy {
        case .unlimited: return nil
        case .fixed(let limit): return .fixed(limit)
        case .adaptive(let adaptive):
            // How long a connection lives says nothing about what the service can do.
            guard isHTTP else { return nil }
            let range = ConcurrencyLimit.Range(initial: adaptive.initial, floor: adaptive.min, ceiling: adaptive.max)
            switch adaptive.method {
            case .gradient: return .gradient2(ConcurrencyLimit.Gradient2(range: range))
            case .aimd: return .aimd(ConcurrencyLimit.AIMD(range: range))
            }
        }
    }

    /// What the rules know that service as.
    func client(_ service: String) -> UInt16 {
        Self.place(of: service, in: clients)
    }

    private static func place(of service: String, in clients: [String]) -> UInt16 {
        clients.firstIndex(of: service).map { UInt16(clamping: $0 + 1) } ?? anybody
    }

    /// The priority of a connection.
    func priority(ofClient client: UInt16) -> Priority {
        for rule in rules where !rule.needsHead && rule.client == client { return rule.priority }
        return priority
    }

    /// The priority of a request; the ranges of `head` and `fields` lie in `bytes`.
    func priority(
        of head: HTTPRequestHead, client: UInt16, fields: UnsafeMutableBufferPointer<HTTPField>,
        in bytes: UnsafeRawBufferPointer
    ) -> Priority {
        for rule in rules where rule.client == Self.anybody || rule.client == client {
            if Self.fits(rule, head, fields, bytes) { return rule.priority }
        }
        return priority
    }

    private static func fits(
        _ rule: Rule, _ head: HTTPRequestHead, _ fields: UnsafeMutableBufferPointer<HTTPField>,
        _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        if let path = rule.path {
            guard bytes[Int(head.path.lowerBound)..<Int(head.path.upperBound)].starts(with: path) else { return false }
        }
        guard let header = rule.header else { return true }
        guard let value = FieldSearch.value(of: header, in: fields[..<head.fieldCount], bytes) else { return false }
        return rule.value.map { value.elementsEqual($0) } ?? true
    }
}

/// Finds fields of a head by names that the parser does not know.
enum FieldSearch {
    /// The value of the first field with that name, which is in lower case.
    static func value(
        of name: [UInt8], in fields: Slice<UnsafeMutableBufferPointer<HTTPField>>, _ bytes: UnsafeRawBufferPointer
    ) -> Slice<UnsafeRawBufferPointer>? {
        for field in fields where field.name.count == name.count {
            let found = bytes[Int(field.name.lowerBound)..<Int(field.name.upperBound)]
            guard zip(found, name).allSatisfy({ lowercased($0) == $1 }) else { continue }
            return bytes[Int(field.value.lowerBound)..<Int(field.value.upperBound)]
        }
        return nil
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
