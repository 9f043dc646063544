/// The TCP ports on which a service's instances accept connections, as far as its file tells.
public enum ServicePorts {
    /// The targets of its published ports, then its exposed ones; where it has neither, the one its native check asks.
    public static func ports(of service: Service) -> [UInt16] {
        var ports: [UInt16] = []
        let named = service.ports.filter { $0.transport == "tcp" }.map(\.target) + service.exposed
        for port in named where !ports.contains(port) {
            ports.append(port)
        }
        if ports.isEmpty, let port = service.check?.probe.port { ports = [port] }
        return ports
    }
}

extension Probe {
    /// The port that the probe asks, with the protocol's usual one where none is given; nil where it asks none.
    public var port: UInt16? {
        switch self {
        case .command, .shell, .heartbeat: nil
        case .tcp(let port): port
        case .http(let http): http.port
        case .postgres(let port, _, _, _): port ?? 5432
        case .redis(let port, _, _, _): port ?? 6379
        case .bolt(let port, _, _): port ?? 7687
        case .ollama(let port, _): port ?? 11434
        case .grpc(let port, _): port
        }
    }

    /// Whether asking costs no process: every probe but a command and a heartbeat.
    public var isNative: Bool {
        switch self {
        case .command, .shell, .heartbeat: false
        case .tcp, .http, .postgres, .redis, .bolt, .ollama, .grpc: true
        }
    }
}
