import Stack
import Testing

@testable import Wire

@Suite struct CodecTests {
    static let redis = InstanceID("redis", 1)
    static let process = ProcessID(.service, redis, run: 7)
    static let spawn = SpawnRequest(
        process: process, arguments: ["redis-server", "--port", "6379"], environment: ["A=1", "B=ü"],
        workingDirectory: "/srv", credentials: Credentials(user: 33, group: 33, supplementary: [4, 24]),
        limits: [RawLimit(resource: 7, soft: 1_024, hard: .max)],
        cgroup: CgroupRequest(path: "shop/redis-1", memory: 1 << 30, processors: 0.5, processes: 64),
        output: .log(path: "/var/log/redis.log", size: 10 << 20, files: 3), notify: true,
        deadline: .milliseconds(1_500),
        note: [0, 1, 255], hosts: "/run/hale/shop/hosts/redis-1")

    static let requests: [KeeperRequest] = [
        .hello(.healer), .spawn(spawn),
        .spawn(
            SpawnRequest(
                process: ProcessID(.probe, redis, run: 1), arguments: ["true"], environment: [], workingDirectory: "/",
                output: .capture(limit: 4_096))),
        .signal(process: process, signal: 15, scope: .tree), .freeze(process: process, frozen: true),
        .acknowledgeExit(process: process),
        .listen(ListenRequest(key: "a", address: "::1", port: 65_535, owner: .gateway)), .closeListener(key: ""),
        .shutDown(killChildren: false), .heartbeat,
    ]

    static let events: [KeeperEvent] = [
        .welcome(
            children: [ChildRecord(process: process, pid: 42, startTime: .max, note: [1, 2])], listeners: ["a", "b"]),
        .welcome(children: [], listeners: []), .spawned(process: process, pid: 42, startTime: 99),
        .spawnFailed(process: process, reason: "no such file"),
        .exited(ExitRecord(process: process, pid: 42, status: .code(3))),
        .exited(ExitRecord(process: process, pid: 42, status: .signal(9), outOfMemory: true, output: [104, 105])),
        .exited(ExitRecord(process: process, pid: 42, status: .unknown, successor: .init(run: 8, pid: 43))),
        .standingOrdersWithdrawn,
        .notified(process: process, text: "READY=1"), .listening(key: "a", port: 10_010),
        .listenFailed(key: "a", reason: "address in use"), .listenerClosed(key: "a"),
        .roleRestarted(.gateway, pid: 43, reason: "signal 9"), .notice("no cgroups"),
        .noticeEnded("no cgroups"), .heartbeat,
    ]

    static let logging: TrafficPolicy = {
        var policy = TrafficPolicy()
        policy.accessLog = AccessLogPolicy(format: .logfmt, rotation: LogRotation(size: 4_096, files: 2))
        return policy
    }()

    static let configuration = GatewayConfiguration(routes: [
        GatewayConfiguration.Route(
            service: "db", target: 5_432, listeners: ["a", "b"],
            state: .open([
                GatewayConfiguration.Backend(
                    address: "127.1.2.3", port: 5_432, run: 3, instance: InstanceID("db", 1), serverName: "inner")
            ]), hold: .seconds(15), traffic: logging),
        GatewayConfiguration.Route(service: "web", target: 80, listeners: [], state: .held, hold: .zero),
        GatewayConfiguration.Route(service: "job", target: 81, listeners: [], state: .refused, hold: .zero),
        GatewayConfiguration.Route(
            service: "api", target: 82, listeners: [], state: .refused, hold: .zero, application: .http,
            traffic: traffic),
    ])

    static let traffic: TrafficPolicy = {
        var traffic = TrafficPolicy()
        var queue = QueuePolicy()
        queue.paths = ["/orders"]
        queue.keep = .seconds(60)
        queue.count = 7
        traffic.fallback = [
            .service("web", port: 80), .service("web", port: 80, model: "small"), .model("smaller"),
            .url(FallbackURL(host: "::1", port: 81, prefix: "/a")),
            .url(FallbackURL(host: "mirror", port: 443, isEncrypted: true)),
            .stale(StaleAnswers(age: .seconds(60))), .stale(StaleAnswers(age: nil)), .queue(queue),
            .answer(StaticAnswer(status: 200, body: "ü")),
        ]
        traffic.tls = TLSTerminationPolicy(certificates: [
            CertificateFiles(certificate: "/a.pem", key: "/a.key"),
            CertificateFiles(certificate: "/b.pem", key: "/b.key"),
        ])
        traffic.tls?.clientAuthority = "/ca.pem"
        traffic.tls?.minimumVersion = .v13
        traffic.tls?.isRequired = true
        traffic.tls?.ports = [443]
        traffic.upstreamTLS = TLSOriginationPolicy(serverName: "inner")
        traffic.upstreamTLS?.authority = "/inner.pem"
        traffic.upstreamTLS?.verifies = false
        traffic.upstreamTLS?.certificate = CertificateFiles(certificate: "/own.pem", key: "/own.key")
        return traffic
    }()

    @Test(arguments: requests)
    func requestsComeBackAsTheyWere(request: KeeperRequest) {
        #expect(KeeperRequest(decoding: request.encoded()) == request)
    }

    @Test(arguments: events)
    func eventsComeBackAsTheyWere(event: KeeperEvent) {
        #expect(KeeperEvent(decoding: event.encoded()) == event)
    }

    @Test func gatewayMessagesComeBackAsTheyWere() {
        #expect(GatewayConfiguration(decoding: Self.configuration.encoded()) == Self.configuration)
        let changes = GatewayConfiguration(routes: Self.configuration.routes, isComplete: false)
        #expect(GatewayConfiguration(decoding: changes.encoded()) == changes)
        var route = GatewayCounters.Route(service: "db", target: 5_432)
        route.active = 1
        route.bytesOut = .max
        route.http.count(fallback: .static)
        var tls = GatewayCounters.Handshakes()
        tls.clients.succeeded = 3
        tls.clients.count(.unusable)
        tls.servers.count(.certificate)
        tls.certificates = [.init(file: "/a.pem", expiry: 1_800_000_000)]
        route.tls = tls
        var queue = GatewayCounters.Queue()
        queue.tickets = [1, 2, 3, 4, 5]
        queue.bytes = 6
        queue.expired = 7
        route.queue = queue
        let backends = [GatewayCounters.Backend(address: "127.8.0.1", port: 5_432, connections: 3)]
        let counters = GatewayCounters(routes: [route], backends: backends)
        #expect(GatewayCounters(decoding: counters.encoded()) == counters)
    }

    @Test(arguments: requests)
    func whatIsCutShortIsNoMessage(request: KeeperRequest) {
        let bytes = request.encoded()
        for count in 0..<bytes.count {
            #expect(KeeperRequest(decoding: Array(bytes.prefix(count))) == nil)
        }
        #expect(KeeperRequest(decoding: bytes + [0]) == nil)
    }

    @Test func anotherVersionIsNotUnderstood() {
        var bytes = KeeperRequest.hello(.healer).encoded()
        bytes[0] &+= 1
        #expect(KeeperRequest(decoding: bytes) == nil)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func anyBytesEndInAValueOrNone(seed: UInt64) {
        var state = seed
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        let samples = Self.requests.map { $0.encoded() } + Self.events.map { $0.encoded() }
        for _ in 0..<2_000 {
            var bytes = samples[Int(next()) % samples.count]
            for _ in 0...Int(next() % 4) { bytes[Int(next()) % bytes.count] = next() }
            _ = KeeperRequest(decoding: bytes)
            _ = KeeperEvent(decoding: bytes)
            _ = GatewayConfiguration(decoding: bytes)
        }
    }
}
