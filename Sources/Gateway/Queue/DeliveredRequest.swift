internal import Queueing

/// A request as it is delivered: as it came, and with what tells its service that it may come twice.
enum DeliveredRequest {
    /// The field that counts the attempts.
    static let attempt = "Hale-Delivery-Attempt"

    /// The bytes to send. Without an `Idempotency-Key` of its client the request has the ticket's name for one.
    static func bytes(_ request: [UInt8], of ticket: Ticket) -> [UInt8] {
        let head = request.prefix(ticket.headLength)
        let lines = head.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var result: [UInt8] = []
        result.reserveCapacity(request.count + 128)
        var hasKey = false
        // The last two are the empty line and what follows it.
        for line in lines.dropLast(2) where !isNamed(line, attempt) {
            hasKey = hasKey || isNamed(line, "Idempotency-Key")
            result += line
            result.append(UInt8(ascii: "\n"))
        }
        if !hasKey { result += Array("Idempotency-Key: \(ticket.id)\r\n".utf8) }
        result += Array("\(attempt): \(ticket.attempts)\r\n\r\n".utf8)
        return result + request.dropFirst(ticket.headLength)
    }

    private static func isNamed(_ line: ArraySlice<UInt8>, _ name: String) -> Bool {
        let found = line.prefix { $0 != UInt8(ascii: ":") }
        return found.count == name.utf8.count && found.count < line.count
            && zip(found, name.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }
}
