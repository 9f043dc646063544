internal import Engines
internal import Healing
internal import Platform
internal import Probing
internal import Runtimes
internal import Stack
internal import Control

/// Joins a container engine to the healer: which one it is, what it has, and what people do with its own tools.
extension HealerLoop {
    private static let lostPrefix = "the container engine at"

    /// The runtime of the engine that a stack is for; nil where it needs none, or none can be had, of which a notice tells.
    func containers(for request: ApplyRequest) -> ContainerRuntime? {
        guard let belongings = request.stack.containers else { return nil }
        if let present = instances.containers {
            present.configure(request.stack)
            return present
        }
        do throws(EngineEndpointError) {
            let endpoint = try EngineEndpoint.find(request.source.environment, host: belongings.engine)
            let containers = ContainerRuntime(
                endpoint: endpoint, environment: request.source.environment, stack: request.stack,
                book: files.containers(), logs: locations.logs,
                reactor: reactor
            ) { [weak self] in
                self?.receive($0)
            }
            instances.add(containers)
            return containers
        } catch {
            warn("no container engine is known: \(error)")
            return nil
        }
    }

    func adopt(_ instance: InstanceID, _ process: AdoptedProcess) {
        instances.note(container: instance)
        feed(.adopted(instance, process))
        guard isInForce else { return }
        followEnginePorts()
        updateRoutes(of: instance.service)
    }

    /// Ports that the engine has published are its own until Hale has made the container, and the gateway's from then on.
    func followEnginePorts() {
        let published = instances.containers?.servicesWithEnginePorts ?? []
        guard published != publishedByEngine, isInForce, let stack = configuration?.stack else { return }
        publishedByEngine = published
        listen(for: stack)
        updateRoutes()
    }

    /// The operator is right, also with the engine's own tools.
    func take(_ act: HandledByHand, of service: String) {
        guard isInForce else { return foresee(act, of: service) }
        guard configuration?.stack.services[service] != nil else { return }
        let will = engine.wills[service] ?? OperatorWill()
        switch act {
        case .stop where !will.stopped: feed(.asked(.stop(service: service, grace: nil), by: Self.tools))
        case .start where will.stopped: feed(.asked(.start(service: service), by: Self.tools))
        case .pause where !will.paused: feed(.asked(.pause(service: service), by: Self.tools))
        case .unpause where will.paused: feed(.asked(.unpause(service: service), by: Self.tools))
        case .stop, .start, .pause, .unpause: return
        }
    }

    private static let tools = "the engine's tools"

    /// What a person did while there was no healer holds from the beginning.
    private func foresee(_ act: HandledByHand, of service: String) {
        var wills = engine.wills
        var will = wills[service] ?? OperatorWill()
        switch act {
        case .stop: will.stopped = true
        case .start: will.stopped = false
        case .pause: will.paused = true
        case .unpause: will.paused = false
        }
        will.since = .now()
        will.by = Self.tools
        wills[service] = will.isOrdinary ? nil : will
        engine.restore(wills: wills)
    }

    /// Names that lead past the gateway are no reason not to run, but one to say so.
    func noteDirectNames(_ obstacle: String?) {
        let beginning = "containers find each other directly, not through the gateway"
        let sentence = obstacle.map { "\(beginning): \($0)" }
        notices.remove { $0.hasPrefix(beginning) && $0 != sentence }
        if let sentence { warn(sentence) }
    }

    /// An engine that was started anew may have made its networks anew, without the gateway's addresses.
    func prepareNetworksAgain() {
        guard isInForce, let containers = instances.containers, let stack = configuration?.stack else { return }
        containers.prepareNetworks { [weak self] obstacle in
            guard let self, configuration?.stack == stack else { return }
            noteDirectNames(obstacle)
            listen(for: stack)
            updateRoutes()
        }
    }

    /// A firewall of the host's may keep containers from what listens on the host. Then names must not lead there.
    func tryNames(from instance: InstanceID, pid: Int32) {
        guard pid > 0, let containers = instances.containers, let stack = configuration?.stack,
            let service = stack.services[instance.service]
        else { return }
        let own = Set((service.launch.container?.networks ?? []).map(\.network)).subtracting(networksThatReachGateway)
        for network in own {
            let others = containers.virtualAddresses.filter { $0.network == network && $0.service != service.name }
            guard let other = others.first,
                let port = stack.services[other.service].flatMap({ ServicePorts.ports(of: $0).first })
            else { continue }
            networksThatReachGateway.insert(network)
            probes.reach(port, at: other.address, from: "/proc/\(pid)/ns/net") { [weak self] outcome in
                // Where a connection is refused, the way there is open.
                guard let self, case .failed(let reason) = outcome, !outcome.isRefusal else { return }
                // One that has ended meanwhile says nothing.
                guard engine.report().contains(where: { $0.pid == pid }) else {
                    networksThatReachGateway.remove(network)
                    return
                }
                containers.giveUpNames()
                noteDirectNames(
                    "they do not reach it from \(network), which a firewall of this machine may be the reason of (\(reason))"
                )
            }
        }
    }

    /// An engine that is gone is a fault like others: what runs goes on, and so do the calls to it.
    func noteEngine(lost reason: String?) {
        guard let address = instances.containers?.address else { return }
        let beginning = "\(Self.lostPrefix) \(address)"
        let wasLost = notices.remove { $0.hasPrefix(beginning) }
        if let reason {
            warn(
                "\(beginning) is gone (\(reason)): what runs goes on, and nothing can be started or stopped until it is back"
            )
        } else if wasLost {
            write(Entry(.mended, text: "\(beginning) is back"))
        }
        publish()
    }
}
