internal import Engines
internal import Platform
internal import Stack

/// How containers find each other: by names that lead to the gateway, which knows what the healer is doing.
extension ContainerRuntime {
    /// Where the gateway is to stand for services.
    public var virtualAddresses: [VirtualAddress] { names.addresses }

    /// Whether a network may have had no bridge yet when addresses were given: Podman makes it for the first container.
    public var lacksVirtualAddresses: Bool {
        guard isLocal, mayHaveNames, !hasGivenUpNames else { return false }
        let known = Set(names.addresses.map(\.network))
        return stack.services.values.contains { service in
            VirtualAddressPlan.isBehindGateway(service)
                && service.launch.container?.networks.contains { !known.contains($0.network) } == true
        }
    }

    /// Makes the project's networks and the gateway's addresses in them; `then` is called when that is done, with why names lead
    /// straight to containers where they do.
    public func prepareNetworks(then: @escaping (_ obstacle: String?) -> Void) {
        let preparation = VirtualAddresses(stack: stack, isLocal: isLocal)
        let former = book.virtual
        link.perform("all") { session in
            try preparation.prepare(former: former, session)
        } then: { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let prepared):
                mayHaveNames = prepared.obstacle == nil
                guard !hasGivenUpNames else { return then(nil) }
                take(prepared.plan)
                then(prepared.obstacle)
            // What cannot be made is told when a container needs it.
            case .failure: then(nil)
            }
        }
    }

    private func take(_ plan: VirtualAddressPlan) {
        let gone = Set(book.virtual).subtracting(plan.addresses)
        if !gone.isEmpty {
            link.perform("all") { _ in
                VirtualAddresses.remove(Array(gone))
            } then: { _ in
            }
        }
        names = plan
        book.virtual = plan.addresses
        for instance in members.keys.sorted() { writeNames(of: instance) }
    }

    /// Names lead straight to containers from now on: their own network keeps them from the gateway.
    public func giveUpNames() {
        hasGivenUpNames = true
        take(VirtualAddressPlan(stack, networks: [], former: []))
    }

    /// Sees to it that a container that runs finds others as the plan has it.
    func writeNames(of instance: InstanceID) {
        guard isLocal, let member = members[instance], member.isRunning, let service = stack.services[instance.service],
            service.launch.container?.shares.network == nil
        else { return }
        let hosts = names.hosts(of: service)
        link.perform(instance.description) { session in
            guard let path = try session.container(member.container).HostsPath, !path.isEmpty else { return }
            try ContainerHostsFile(path: path, hosts: hosts).write()
        } then: { _ in
        }
    }
}
