public import Stack

extension ImageStore {
    /// The stack with what its images say and its file does not: which image it is now, the health check, the ports, what asks
    /// it to end. An image that is not there leaves its service as it is.
    public func adorned(_ stack: Stack) throws(EngineError) -> Stack {
        var stack = stack
        var known: [String: ImageDetails] = [:]
        for (name, service) in stack.services {
            guard let container = service.launch.container else { continue }
            if known[container.image] == nil { known[container.image] = try image(container.image) }
            guard let details = known[container.image] else { continue }
            stack.services[name] = details.adorn(service)
        }
        return stack
    }
}

extension ImageDetails {
    func adorn(_ service: Service) -> Service {
        var service = service
        service.launch.container?.imageID = Id
        let said = service.launch.container.flatMap { JSONValue(json: $0.configuration) }
        if said?["StopSignal"] == nil, let signal = Config?.StopSignal.flatMap(SignalNames.number) {
            service.stop.signal = signal
        }
        if service.check == nil, said?["Healthcheck"] == nil { service.check = check }
        let known = Set(ServicePorts.ports(of: service))
        service.exposed += exposedPorts.filter { !known.contains($0) }
        return service
    }

    /// The TCP ports that it says it listens on.
    private var exposedPorts: [UInt16] {
        (Config?.ExposedPorts?.names ?? []).compactMap { text in
            let parts = text.split(separator: "/")
            guard parts.count < 2 || parts[1] == "tcp" else { return nil }
            return parts.first.flatMap { UInt16($0) }
        }
    }

    /// Its own health check; zero is the engine's default there.
    private var check: HealthCheck? {
        guard let own = Config?.Healthcheck, let probe = Self.probe(own.Test ?? []) else { return nil }
        var check = HealthCheck(probe: probe)
        check.interval = Self.time(own.Interval) ?? check.interval
        check.timeout = Self.time(own.Timeout) ?? check.timeout
        check.startPeriod = Self.time(own.StartPeriod) ?? check.startPeriod
        check.startInterval = Self.time(own.StartInterval) ?? check.startInterval
        check.retries = own.Retries.flatMap { $0 > 0 ? $0 : nil } ?? check.retries
        return check
    }

    private static func probe(_ test: [String]) -> Probe? {
        switch test.first {
        case "CMD" where test.count > 1: .command(Array(test.dropFirst()))
        case "CMD-SHELL" where test.count > 1: .shell(test[1])
        default: nil
        }
    }

    private static func time(_ nanoseconds: Int64?) -> Duration? {
        nanoseconds.flatMap { $0 > 0 ? .nanoseconds($0) : nil }
    }
}
