import Protocols
import Testing

extension BoltObserver: Observing {}

/// What a Bolt server sent, and what there is to tell of it.
struct BoltDialogue: Sendable, CustomTestStringConvertible {
    var name: String
    var testDescription: String { name }
    var bytes: [UInt8]
    var handshake: BoltObserver.Handshake
    var successes: UInt64 = 0
    var failures: UInt64 = 0
    var faults: UInt64 = 0
    var last: BoltFailure?
}

/// A message in chunks of at most that many bytes.
private func message(_ signature: UInt8, _ body: [UInt8], chunk: Int = 65535) -> [UInt8] {
    let whole = [0xb1, signature] + body
    var out: [UInt8] = []
    for start in stride(from: 0, to: whole.count, by: chunk) {
        let part = whole[start..<min(start + chunk, whole.count)]
        out += [UInt8(part.count >> 8), UInt8(part.count & 0xff)] + part
    }
    return out + [0, 0]
}

private func text(_ string: String) -> [UInt8] {
    let utf8 = Array(string.utf8)
    return utf8.count < 16 ? [0x80 + UInt8(utf8.count)] + utf8 : [0xd0, UInt8(utf8.count)] + utf8
}

private let success = message(0x70, [0xa1] + text("server") + text("Neo4j/5.20.0"))
private let version: [UInt8] = [0, 0, 4, 5]
private let busy = text("Neo.TransientError.General.DatabaseUnavailable")
private let broken = text("Neo.DatabaseError.General.UnknownError")
private let unauthorized = text("Neo.ClientError.Security.Unauthorized")
private let busyFailure: [UInt8] = [0xa2] + text("code") + busy + text("message") + text("The database is unavailable.")
/// As since Bolt 5.7: the code comes late, and a map with lists of every kind of value before it.
private let diagnosedFailure: [UInt8] =
    [0xa4] + text("gql_status") + text("51N00") + text("message") + text("code Neo.ClientError.A.B")
    + text("diagnostic_record") + [0xd8, 8] + text("a") + [0xc0] + text("b") + [0xc8, 0x80] + text("c")
    + [0xc9, 1, 2, 0x00] + [0x00] + text("d") + [0xc1, 0, 0, 0, 0, 0, 0, 0, 0] + text("e") + [0xd4, 2, 0x01, 0xa0]
    + text("f") + [0xcc, 2, 9, 9] + text("neo4j_code") + text("nested is not it") + text("neo4j_code") + broken

let boltDialogues: [BoltDialogue] = [
    BoltDialogue(name: "nothing", bytes: [], handshake: .pending),
    BoltDialogue(name: "half a version", bytes: [0, 0, 4], handshake: .pending),
    BoltDialogue(name: "no version", bytes: [0, 0, 0, 0], handshake: .refused),
    BoltDialogue(name: "HTTP", bytes: bytes("HTTP/1.1 400 Bad Request\r\n"), handshake: .opaque),
    BoltDialogue(name: "encryption", bytes: [0x15, 3, 3, 0, 2, 2, 40], handshake: .opaque),
    BoltDialogue(
        name: "a greeting", bytes: version + success, handshake: .accepted(major: 5, minor: 4), successes: 1),
    BoltDialogue(
        name: "in small chunks", bytes: version + message(0x70, [0xa0], chunk: 1) + success,
        handshake: .accepted(major: 5, minor: 4), successes: 2),
    BoltDialogue(
        name: "kept alive", bytes: version + [0, 0, 0, 0] + success + [0, 0], handshake: .accepted(major: 5, minor: 4),
        successes: 1),
    BoltDialogue(
        name: "a choice of versions", bytes: [0, 0, 1, 0xff, 2, 0, 8, 8, 5, 0, 2, 4, 4, 0x81, 0x00] + success,
        handshake: .accepted(major: 0, minor: 0), successes: 1),
    BoltDialogue(
        name: "a choice of none", bytes: [0, 0, 1, 0xff, 0] + success, handshake: .accepted(major: 0, minor: 0)),
    BoltDialogue(
        name: "unavailable", bytes: version + message(0x7f, busyFailure), handshake: .accepted(major: 5, minor: 4),
        failures: 1, faults: 1, last: .transient),
    BoltDialogue(
        name: "unavailable in small chunks", bytes: version + message(0x7f, busyFailure, chunk: 3) + success,
        handshake: .accepted(major: 5, minor: 4), successes: 1, failures: 1, faults: 1, last: .transient),
    BoltDialogue(
        name: "the code behind the message",
        bytes: version + message(0x7f, [0xa2] + text("message") + busy + text("code") + unauthorized) + success,
        handshake: .accepted(major: 5, minor: 4), successes: 1, failures: 1, last: .client),
    BoltDialogue(
        name: "another code", bytes: version + message(0x7f, [0xa1] + text("code") + text("Acme.Trouble")),
        handshake: .accepted(major: 5, minor: 4), failures: 1, last: .unknown),
    BoltDialogue(
        name: "no code", bytes: version + message(0x7f, [0xa0]) + success, handshake: .accepted(major: 5, minor: 4),
        successes: 1, failures: 1, last: .unknown),
    BoltDialogue(
        name: "a code that is a list", bytes: version + message(0x7f, [0xa1] + text("code") + [0x91] + busy),
        handshake: .accepted(major: 5, minor: 4), failures: 1, last: .unknown),
    BoltDialogue(
        name: "a failure cut short", bytes: version + [0, 3, 0xb1, 0x7f, 0xa1, 0, 0] + success,
        handshake: .accepted(major: 5, minor: 4), successes: 1, failures: 1, last: .unknown),
    BoltDialogue(
        name: "a diagnosis",
        bytes: version + message(0x7f, diagnosedFailure, chunk: 7), handshake: .accepted(major: 5, minor: 4),
        failures: 1, faults: 1, last: .database),
    BoltDialogue(
        name: "records and what is ignored", bytes: version + message(0x71, [0x91, 1]) + message(0x7e, []) + success,
        handshake: .accepted(major: 5, minor: 4), successes: 1),
    BoltDialogue(
        name: "no structure", bytes: version + [0, 1, 0x01, 0, 0] + success, handshake: .accepted(major: 5, minor: 4)),
    BoltDialogue(
        name: "no code within the look-ahead",
        bytes: version
            + message(
                0x7f,
                [0xa2] + text("message") + [0xd1, 0x23, 0x28] + [UInt8](repeating: 0x61, count: 9000) + text("code")
                    + busy) + success,
        handshake: .accepted(major: 5, minor: 4), successes: 1, failures: 1, last: .unknown),
]
