import Protocols
import Testing

extension PostgresObserver: Observing {}

/// What a PostgreSQL server said first, and how the connection so came out.
struct PostgresDialogue: Sendable, CustomTestStringConvertible {
    var name: String
    var testDescription: String { name }
    var bytes: [UInt8]
    var outcome: Outcome

    enum Outcome: Equatable {
        case pending
        case ready
        case refused(String)
        case opaque
    }
}

extension PostgresObserver {
    /// The outcome with its state as text.
    var told: PostgresDialogue.Outcome {
        switch outcome {
        case .pending: .pending
        case .ready: .ready
        case .refused(let state): .refused(state.description)
        case .opaque: .opaque
        }
    }
}

private func message(_ type: Character, _ body: [UInt8]) -> [UInt8] {
    [type.asciiValue ?? 0] + bigEndian(body.count + 4) + body
}

private func error(_ code: String, _ text: String = "no") -> [UInt8] {
    message("E", bytes("SFATAL\0VFATAL\0C\(code)\0M\(text)\0Fpostmaster.c\0L1\0\0"))
}

private let authenticated = message("R", bigEndian(0))
private let session =
    message("S", bytes("server_version\016.3\0")) + message("S", bytes("TimeZone\0UTC\0"))
    + message("K", bigEndian(77) + bigEndian(12345)) + message("Z", bytes("I"))
private let password = message("R", bigEndian(10) + bytes("SCRAM-SHA-256\0\0"))

let postgresDialogues: [PostgresDialogue] = [
    PostgresDialogue(name: "a session without a password", bytes: authenticated + session, outcome: .ready),
    PostgresDialogue(
        name: "a session with one",
        bytes: password + message("R", bigEndian(11) + bytes("r=a,s=b,i=4096"))
            + message("R", bigEndian(12) + bytes("v=c")) + authenticated + session, outcome: .ready),
    PostgresDialogue(
        name: "no encryption, then a session", bytes: bytes("N") + authenticated + session, outcome: .ready),
    PostgresDialogue(
        name: "neither of both encryptions", bytes: bytes("NN") + authenticated + session, outcome: .ready),
    PostgresDialogue(name: "encrypted", bytes: bytes("S\u{16}\u{3}"), outcome: .opaque),
    PostgresDialogue(name: "encrypted the second way", bytes: bytes("NG"), outcome: .opaque),
    PostgresDialogue(
        name: "a notice first", bytes: message("N", bytes("SNOTICE\0\0")) + authenticated + session, outcome: .ready),
    PostgresDialogue(
        name: "another minor version", bytes: message("v", bigEndian(0) + bigEndian(0)) + authenticated + session,
        outcome: .ready),
    PostgresDialogue(name: "starting up", bytes: error("57P03"), outcome: .refused("57P03")),
    PostgresDialogue(
        name: "starting up, after no encryption", bytes: bytes("N") + error("57P03"), outcome: .refused("57P03")),
    PostgresDialogue(name: "too many", bytes: error("53300"), outcome: .refused("53300")),
    PostgresDialogue(
        name: "a wrong password", bytes: password + error("28P01"), outcome: .refused("28P01")),
    PostgresDialogue(
        name: "shut down in between", bytes: authenticated + error("57P01"), outcome: .refused("57P01")),
    PostgresDialogue(
        name: "an error after the session began is the session's", bytes: authenticated + session + error("57P01"),
        outcome: .ready),
    PostgresDialogue(name: "an error without a code", bytes: message("E", bytes("SFATAL\0\0")), outcome: .opaque),
    PostgresDialogue(name: "an error with a short code", bytes: message("E", bytes("C57\0\0")), outcome: .opaque),
    PostgresDialogue(name: "an error that ends early", bytes: message("E", bytes("SFATAL")), outcome: .opaque),
    PostgresDialogue(name: "an empty error", bytes: message("E", []) + authenticated, outcome: .pending),
    PostgresDialogue(name: "an unknown message", bytes: authenticated + message("D", []), outcome: .opaque),
    PostgresDialogue(name: "a length below its own", bytes: bytes("R") + bigEndian(3), outcome: .opaque),
    PostgresDialogue(name: "a length beyond belief", bytes: bytes("R") + bigEndian(1 << 20), outcome: .opaque),
    PostgresDialogue(name: "another protocol", bytes: bytes("HTTP/1.1 200 OK\r\n\r\n"), outcome: .opaque),
    PostgresDialogue(name: "nothing", bytes: [], outcome: .pending),
    PostgresDialogue(name: "half", bytes: Array((authenticated + session).dropLast(9)), outcome: .pending),
]
