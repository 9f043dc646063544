internal import FoundationEssentials
internal import Glibc
internal import Platform
internal import Stack

/// The files of a queue: for each request `PLACE-ID.request` with its bytes, `PLACE-ID.ticket` with what has become of it,
/// and `PLACE-ID.response` with the last answer. What is written is written to a draft that takes its name in the end.
///
/// A request and an answer begin with a line of JSON that says what follows and how to tell that it is whole.
struct QueueFiles {
    private struct ResponseLine: Codable {
        let status: UInt16
        let fields: Int
        let body: Int?
        let length: UInt64
        let digest: UInt64
    }

    /// A longer first line is none of ours: a target has 8 KiB at the most, and JSON makes six of one byte at worst.
    private static let longestLine = 128 << 10

    let folder: String

    func path(_ ticket: Ticket, _ kind: QueueFileKind) -> String { "\(folder)/\(ticket.stem).\(kind.rawValue)" }

    /// Makes what was renamed and removed in the folder last (fsync(2)).
    func sync() throws(SystemError) { try syncFolder(folder) }

    // MARK: Requests

    func write(_ request: QueuedRequest, of ticket: Ticket) throws(SystemError) {
        let path = path(ticket, .request)
        let line = try encoded(ticket, attempt: "write \(path)")
        try writeFileAtomically(line + [UInt8(ascii: "\n")] + request.bytes, to: path, mode: 0o600)
    }

    /// The ticket as it was when the request was accepted; nil where the file is not whole.
    func acceptedTicket(_ name: QueueFileName) -> Ticket? {
        let path = "\(folder)/\(name.text)"
        guard let (line, rest) = try? readFirstLine(path, limit: Self.longestLine),
            let ticket = try? JSONDecoder().decode(Ticket.self, from: Data(line)),
            ticket.stem == name.stem, rest == Int64(ticket.size), ticket.headLength <= ticket.size
        else { return nil }
        return ticket
    }

    /// The bytes of the request; nil where they are not those that were accepted.
    func bytes(of ticket: Ticket) -> [UInt8]? {
        guard let all = try? readWholeFile(path(ticket, .request), limit: ticket.size + Self.longestLine),
            let end = all.firstIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        let bytes = Array(all[(end + 1)...])
        return bytes.count == ticket.size && StableHash(bytes).value == ticket.digest ? bytes : nil
    }

    // MARK: Tickets

    func write(_ ticket: Ticket, durable: Bool) throws(SystemError) {
        let path = path(ticket, .ticket)
        try writeFileAtomically(try encoded(ticket, attempt: "write \(path)"), to: path, mode: 0o600, durable: durable)
    }

    /// The ticket as it was written last; nil where the file is not one.
    func ticket(_ name: QueueFileName) -> Ticket? {
        guard let bytes = try? readWholeFile("\(folder)/\(name.text)", limit: Self.longestLine),
            let ticket = try? JSONDecoder().decode(Ticket.self, from: Data(bytes)), ticket.stem == name.stem
        else { return nil }
        return ticket
    }

    // MARK: Answers

    /// Returns how many bytes it takes.
    func write(_ response: KeptResponse, of ticket: Ticket) throws(SystemError) -> Int {
        let path = path(ticket, .response)
        let content = response.fields + (response.body ?? [])
        let line = ResponseLine(
            status: response.status, fields: response.fields.count, body: response.body?.count,
            length: response.length, digest: StableHash(content).value)
        let bytes = try encoded(line, attempt: "write \(path)") + [UInt8(ascii: "\n")] + content
        try writeFileAtomically(bytes, to: path, mode: 0o600)
        return bytes.count
    }

    /// The last answer; nil where there is none, or the file is not whole.
    func response(of ticket: Ticket) -> KeptResponse? {
        guard let all = try? readWholeFile(path(ticket, .response)), let end = all.firstIndex(of: UInt8(ascii: "\n")),
            let line = try? JSONDecoder().decode(ResponseLine.self, from: Data(all[..<end]))
        else { return nil }
        let content = all[(end + 1)...]
        guard line.fields >= 0, line.body ?? 0 >= 0, content.count - line.fields == line.body ?? 0,
            StableHash(content).value == line.digest
        else { return nil }
        let body = line.body == nil ? nil : Array(content.dropFirst(line.fields))
        return KeptResponse(
            status: line.status, fields: Array(content.prefix(line.fields)), body: body, length: line.length)
    }

    private func encoded(_ value: some Encodable, attempt: String) throws(SystemError) -> [UInt8] {
        guard let data = try? JSONEncoder().encode(value) else { throw SystemError(code: EINVAL, attempt: attempt) }
        return [UInt8](data)
    }

    // MARK: All

    func remove(_ ticket: Ticket, _ kinds: QueueFileKind...) {
        for kind in kinds { removeFile(path(ticket, kind)) }
    }

    func removeAll(of ticket: Ticket) {
        // As long as the request is there it would be delivered again.
        remove(ticket, .request, .response, .ticket)
    }
}

/// What a file of a queue holds, as its name ends.
enum QueueFileKind: String, CaseIterable {
    case request
    case ticket
    case response
    /// A person wants it to be tried again.
    case retry
    /// A person wants it to be gone.
    case removal
}

/// A file's name that a queue gives.
struct QueueFileName: Hashable {
    let stem: String
    let kind: QueueFileKind

    var text: String { stem + "." + kind.rawValue }

    init?(_ name: String) {
        guard let dot = name.lastIndex(of: "."),
            let kind = QueueFileKind(rawValue: String(name[name.index(after: dot)...]))
        else { return nil }
        let stem = name[..<dot]
        let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 20, UInt64(parts[0]) != nil, TicketID(parts[1]) != nil else {
            return nil
        }
        self.stem = String(stem)
        self.kind = kind
    }
}
