internal import Dispatch
internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// The servers outside the stack that fallbacks lead to, with the addresses of their names. Names are looked up on a thread
/// of their own, at the start and then twice a minute; one that cannot be keeps the addresses that it had.
final class OutsideServers {
    private static let interval = Duration.seconds(30)

    private let reactor: Reactor
    private let queue = DispatchQueue(label: "hale.names")
    private let onChange: () -> Void
    private var servers: [FallbackURL] = []
    private var addresses: [String: [String]] = [:]
    private var timer: TimerToken?
    private var isLookingUp = false

    init(reactor: Reactor, onChange: @escaping () -> Void) {
        self.reactor = reactor
        self.onChange = onChange
    }

    /// Takes over which servers there are.
    func configure(_ stack: Stack) {
        servers = Self.servers(of: stack)
        for server in servers where Self.isNumeric(server.host) { addresses[server.host] = [server.host] }
        lookUp()
    }

    /// One route to each, for nobody but whom a fallback sends there.
    var routes: [GatewayConfiguration.Route] {
        servers.map { server in
            let backends = (addresses[server.host] ?? []).map {
                GatewayConfiguration.Backend(
                    address: $0, port: server.port, serverName: server.isEncrypted ? server.host : nil)
            }
            var route = GatewayConfiguration.Route(
                service: server.origin, target: server.port, listeners: [],
                state: backends.isEmpty ? .refused : .open(backends), hold: .zero, application: .http)
            // Nobody but whom the system trusts can say that the server is the one that the URL names.
            if server.isEncrypted { route.traffic.upstreamTLS = TLSOriginationPolicy(serverName: server.host) }
            return route
        }
    }

    /// The servers that the stack's fallbacks name, each of them once.
    static func servers(of stack: Stack) -> [FallbackURL] {
        var servers: Set<FallbackURL> = []
        for service in stack.services.values {
            for case .url(let url) in service.traffic.fallback {
                servers.insert(FallbackURL(host: url.host, port: url.port, isEncrypted: url.isEncrypted))
            }
        }
        return servers.sorted { $0.origin < $1.origin }
    }

    /// Names whose addresses have to be found.
    private var names: Set<String> { Set(servers.map(\.host).filter { !Self.isNumeric($0) }) }

    private func lookUp() {
        if let timer { reactor.cancel(timer) }
        timer = nil
        let names = names
        guard !names.isEmpty else { return }
        timer = reactor.schedule(at: Instant.now() + Self.interval) { [weak self] in self?.lookUp() }
        // A name server that takes long is not asked more and more.
        guard !isLookingUp else { return }
        isLookingUp = true
        let (mailbox, owner) = (reactor.mailbox, Confined(Weak(self)))
        queue.async {
            let found = names.map { ($0, Self.addresses(of: $0)) }
            mailbox.post { owner.value.object?.take(found) }
        }
    }

    private func take(_ found: [(name: String, addresses: [String])]) {
        isLookingUp = false
        let before = addresses
        for (name, known) in found where !known.isEmpty { addresses[name] = known }
        if addresses != before { onChange() }
        if !names.isSubset(of: found.map(\.name)) { lookUp() }
    }

    private static func isNumeric(_ host: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    }

    /// The addresses of a name in an order that is always the same; none where it cannot be looked up.
    static func addresses(of name: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: Set<String> = []
        var next = list
        while let entry = next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            if code == 0 { found.insert(String(decoding: bytes, as: UTF8.self)) }
            next = entry.pointee.ai_next
        }
        // What is for one link only has no meaning without it.
        return found.filter { !$0.contains("%") }.sorted()
    }
}
