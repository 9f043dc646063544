internal import Engines
internal import Stack

/// Sees to it that containers stay in their networks, and follows their addresses.
extension ContainerRuntime {
    /// Compares the list of all with what is known: of it the engine tells no event, or none that is not missed.
    func look(at containers: [ContainerSummary]) {
        if !book.stops.isEmpty { believeOldStops() }
        for container in containers {
            guard let instance = owners[container.Id], let member = members[instance], launches[instance] == nil,
                member.isRunning
            else { continue }
            let isOver = container.State == "exited" || container.State == "dead"
            // Who stopped it is about to be told.
            if isOver, signs.stopByOthers(container.Id) == nil { lookAgain(instance) }
            guard container.State == "running" else { continue }
            let networks = stack.services[instance.service]?.launch.container?.networks ?? []
            let present = container.NetworkSettings?.Networks ?? [:]
            let missing = networks.filter { present[$0.network] == nil }
            if !missing.isEmpty {
                attach(instance, member, to: missing)
            } else {
                follow(ContainerAddress.first(in: present, networks), of: instance)
            }
        }
    }

    /// Somebody took it off a network; where its file wants it, it is attached again, and need not be restarted for that.
    private func attach(_ instance: InstanceID, _ member: Member, to networks: [ContainerAttachment]) {
        guard let request = request(for: instance) else { return }
        link.perform(instance.description) { session in
            for attachment in networks {
                try session.connect(member.container, to: attachment.network, request.endpoint(attachment))
            }
            return try session.container(member.container)
        } then: { [weak self] result in
            let names = networks.map(\.network).joined(separator: ", ")
            guard let self, members[instance]?.run == member.run else { return }
            switch result {
            case .success(let details):
                onEvent(.noted(instance, "it had been taken off \(names), and is attached again"))
                let known = stack.services[instance.service]?.launch.container?.networks ?? []
                follow(ContainerAddress.first(in: details.NetworkSettings?.Networks ?? [:], known), of: instance)
            case .failure(let error):
                onEvent(.noted(instance, "it was taken off \(names), and cannot be attached again: \(error)"))
            }
        }
    }

    private func follow(_ address: String, of instance: InstanceID) {
        guard !address.isEmpty, let member = members[instance], member.address != address,
            member.address != ContainerAddress.host
        else { return }
        members[instance]?.address = address
        onEvent(.moved(instance))
    }
}

/// Where a container accepts connections.
enum ContainerAddress {
    /// That of one which has the host's network as its own.
    static let host = "127.0.0.1"

    /// The address in the first of its networks that gives it one; empty where none does.
    static func first(
        in found: [String: ContainerDetails.NetworkDetails.EndpointDetails], _ networks: [ContainerAttachment]
    ) -> String {
        let order = networks.map(\.network) + found.keys.sorted()
        let endpoints = order.compactMap { found[$0] }
        let addresses = endpoints.compactMap(\.IPAddress) + endpoints.compactMap(\.GlobalIPv6Address)
        return addresses.first { !$0.isEmpty } ?? ""
    }
}
