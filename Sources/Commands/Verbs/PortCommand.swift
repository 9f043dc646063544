internal import Control
internal import Stack

/// `hale port`.
struct PortCommand: Command {
    private enum Transport: String, CaseIterable { case tcp, udp }

    private static let transport = Option.value(
        "protocol", of: "PROTOCOL", help: "tcp (default) or udp", choices: Transport.self)

    static let manual = Manual(
        verb: "port", operands: "SERVICE PRIVATE_PORT", operandCount: 2...2,
        summary: "Print where a port of a service is published",
        details: "Every instance of a service is reached at the same place; of several the first is printed.",
        options: [InstanceTarget.index, transport],
        examples: [.init(line: "hale port web 80", meaning: "prints 0.0.0.0:8080, say")], exitCodes: [.backend])

    private let target: InstanceTarget
    private let port: UInt16
    private let transport: Transport

    init(_ arguments: ParsedArguments) throws(UsageError) {
        target = try InstanceTarget(service: arguments.operands.first ?? "", arguments)
        let text = arguments.operands.last ?? ""
        guard let port = UInt16(text), port > 0 else { throw UsageError("'\(text)' is no port: 1 to 65535") }
        self.port = port
        transport = try arguments.choice(Self.transport, Transport.self) ?? .tcp
    }

    func run(in session: Session) throws -> ExitCode {
        let status = try HaleConnection(try session.locations()).status()
        _ = try target.find(in: status)
        let ports = status.services[target.service]?.ports ?? []
        guard let found = ports.first(where: { $0.target == port && $0.transport == transport.rawValue }) else {
            let known = Set(ports.map { "\($0.target)/\($0.transport)" }).sorted().joined(separator: ", ")
            throw CommandFailure(
                "'\(target.service)' does not publish port \(port)/\(transport.rawValue); "
                    + (known.isEmpty ? "it publishes none" : "it publishes \(known)"))
        }
        if let problem = found.problem {
            throw CommandFailure("nobody listens for port \(port) of '\(target.service)': \(problem)")
        }
        let host = found.address.contains(":") ? "[\(found.address)]" : found.address
        try session.console.print("\(host):\(found.published)\n")
        return .success
    }
}
