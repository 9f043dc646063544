/// What a path leads to.
enum Endpoint: Equatable {
    case status
    case liveness
    case readiness
    case version
    case metrics
    /// Any command.
    case commands
    /// The one command that carries a whole stack.
    case apply
    /// An instance says that it is well.
    case instanceHeartbeat(String)
    /// The only instance of a service says that it is well.
    case serviceHeartbeat(String)

    /// Every path, as the answer to a wrong one lists them.
    static let paths = [
        "/status", "/livez", "/readyz", "/version", "/metrics", "/v1/commands", "/v1/apply",
        "/v1/heartbeat/{instance}", "/v1/services/{service}/heartbeat",
    ]

    /// What a percent-encoded path leads to, or nil.
    init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let names = parts.compactMap(PercentEncoding.decode)
        guard path.hasPrefix("/"), names.count == parts.count else { return nil }
        switch names {
        case ["status"]: self = .status
        case ["livez"]: self = .liveness
        case ["readyz"]: self = .readiness
        case ["version"]: self = .version
        case ["metrics"]: self = .metrics
        case ["v1", "commands"]: self = .commands
        case ["v1", "apply"]: self = .apply
        case _ where names.count == 3 && names.starts(with: ["v1", "heartbeat"]):
            self = .instanceHeartbeat(names[2])
        case _ where names.count == 4 && names.starts(with: ["v1", "services"]) && names[3] == "heartbeat":
            self = .serviceHeartbeat(names[2])
        default: return nil
        }
    }

    /// The methods it takes.
    var methods: [String] {
        switch self {
        case .status, .liveness, .readiness, .version, .metrics: ["GET", "HEAD"]
        case .commands, .apply, .instanceHeartbeat, .serviceHeartbeat: ["POST"]
        }
    }

    /// Whether only the unix socket offers it: who can reach a port is not thereby one who may change the stack.
    var needsUnixSocket: Bool {
        switch self {
        case .commands, .apply: true
        case .status, .liveness, .readiness, .version, .metrics, .instanceHeartbeat, .serviceHeartbeat: false
        }
    }

    /// The largest body it takes, in bytes.
    var bodyLimit: Int {
        switch self {
        case .apply: 64 << 20
        case .status, .liveness, .readiness, .version, .metrics, .commands, .instanceHeartbeat, .serviceHeartbeat:
            1 << 20
        }
    }
}

/// Percent-encoding of one part of a path (RFC 3986, section 2.1).
enum PercentEncoding {
    /// The text that `part` stands for; nil for a bad sequence, for control characters and for what is not UTF-8.
    static func decode(_ part: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(part).utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// `text` with everything encoded that is not unreserved.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            if isUnreserved(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
