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
        guard plan != names else { return }
        names = plan
        for instance in members.keys.sorted() { writeNames(of: instance) }
        let gone = Set(book.virtual).subtracting(plan.addresses)
        book.virtual = plan.addresses
        if !gone.isEmpty {
            link.perform("all") { _ in
                VirtualAddresses.remove(gone)
            } then: { _ in
            }
        }
    }

    /// Names lead straight to containers from now on: their own network keeps them from the gateway.
    public func giveUpNames() {
        hasGivenUpNames = true
        take(VirtualAddressPlan(stack, networks: [], former: []))
    }

    /// Sees to it that a container that runs finds others as the plan has it.
    func writeNames(of instance: InstanceID) {
        guard let file = namesFile(of: instance) else { return }
        link.perform(instance.description) { _ in
            try file.write()
        } then: { _ in
        }
    }

    /// The file in which a container finds others, where that is on this machine and its own.
    private func namesFile(of instance: InstanceID) -> ContainerHostsFile? {
        guard isLocal, let member = members[instance], member.isRunning, let path = member.hostsPath, !path.isEmpty,
            let service = stack.services[instance.service], service.launch.container?.shares.network == nil
        else { return nil }
        return ContainerHostsFile(path: path, hosts: names.hosts(of: service))
    }

    /// Has names lead straight to containers for good, before whatever the engine is asked with the key "all" from now on.
    func removeNames() {
        hasGivenUpNames = true
        names = VirtualAddressPlan(stack, networks: [], former: [])
        let (files, addresses) = (members.keys.compactMap { namesFile(of: $0) }, Set(book.virtual))
        book.virtual = []
        link.perform("all") { _ in
            for file in files { try? file.write() }
            VirtualAddresses.remove(addresses)
        } then: { _ in
        }
    }
}
