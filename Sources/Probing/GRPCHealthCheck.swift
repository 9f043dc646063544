/// The dialogue of a gRPC probe: `grpc.health.v1.Health/Check` (gRPC Health Checking Protocol) over HTTP/2 without TLS.
struct GRPCHealthCheck: HTTPDialogue {
    private let port: UInt16
    private let service: String

    /// An empty service asks about the server as a whole.
    init(port: UInt16, service: String) {
        self.port = port
        self.service = service
    }

    mutating func next(after response: HTTPResponse?) -> HTTPStep {
        guard let response else {
            return .ask(
                HTTPRequest(
                    port: port, path: "/grpc.health.v1.Health/Check", method: "POST",
                    headers: ["Content-Type: application/grpc", "TE: trailers", "Accept:"],
                    body: Self.frame(Self.request(service)), http2: true))
        }
        return .verdict(judge(response))
    }

    private func judge(_ response: HTTPResponse) -> Verdict {
        guard response.status == 200 else { return .unexpectedStatus(response.status, expected: 200...200) }
        guard response.header("content-type")?.hasPrefix("application/grpc") == true else {
            return .failed("not speaking gRPC")
        }
        guard let status = response.header("grpc-status") else { return .failed("not speaking gRPC (no grpc-status)") }
        guard status == "0" else { return .failed(refusal(status, message: response.header("grpc-message"))) }
        guard let message = Self.unframe(response.body), let state = Self.servingStatus(in: message) else {
            return .failed("not speaking gRPC health (malformed answer)")
        }
        switch state {
        case 1: return .passed
        case 0: return .failed("serving status UNKNOWN")
        case 2: return .failed("serving status NOT_SERVING")
        case 3: return .failed("serving status SERVICE_UNKNOWN")
        default: return .failed("serving status \(state)")
        }
    }

    private func refusal(_ status: String, message: String?) -> String {
        switch status {
        case "5": return "service \"\(Wording.line(service))\" is unknown to the server"
        case "12": return "the server has no gRPC health service"
        case "14": return "unavailable\(message.map { " (\(Wording.line($0)))" } ?? "")"
        case "16": return "authentication required"
        default: return "gRPC status \(Wording.line(status))\(message.map { " (\(Wording.line($0)))" } ?? "")"
        }
    }

    /// HealthCheckRequest: the service is field 1, a string.
    private static func request(_ service: String) -> [UInt8] {
        service.isEmpty ? [] : [0x0A] + varint(UInt64(service.utf8.count)) + Array(service.utf8)
    }

    /// A gRPC message: not compressed, its length, itself.
    private static func frame(_ message: [UInt8]) -> [UInt8] {
        [0] + UInt32(truncatingIfNeeded: message.count).networkBytes + message
    }

    private static func unframe(_ body: [UInt8]) -> ArraySlice<UInt8>? {
        var reader = ByteReader(body[...])
        guard reader.byte() == 0, let length = reader.unsigned32(), length == reader.rest.count else { return nil }
        return reader.rest
    }

    /// HealthCheckResponse: field 1 is the status, 0 where it is absent. Fields of later versions are passed over.
    private static func servingStatus(in message: ArraySlice<UInt8>) -> UInt64? {
        var reader = ByteReader(message)
        var status: UInt64 = 0
        while !reader.rest.isEmpty {
            guard let key = varint(&reader) else { return nil }
            switch (key >> 3, key & 7) {
            case (1, 0):
                guard let value = varint(&reader) else { return nil }
                status = value
            case (_, 0):
                guard varint(&reader) != nil else { return nil }
            case (_, 1):
                guard reader.bytes(8) != nil else { return nil }
            case (_, 2):
                guard let length = varint(&reader), length <= UInt64(reader.rest.count),
                    reader.bytes(Int(length)) != nil
                else { return nil }
            case (_, 5):
                guard reader.bytes(4) != nil else { return nil }
            default:
                return nil
            }
        }
        return status
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(truncatingIfNeeded: rest)]
    }

    private static func varint(_ reader: inout ByteReader) -> UInt64? {
        var value: UInt64 = 0
        for position in 0..<10 {
            guard let byte = reader.byte() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(position * 7)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
