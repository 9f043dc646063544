internal import Stack

/// The networks of a service and the names that they bring.
struct NamesLowering {
    let fields: Fields
    let project: ComposeProject

    func names(_ problems: inout Problems) -> ServiceNames {
        var names = ServiceNames(networks: networks(&problems))
        join(fields.string("network_mode", &problems), &names)
        names.container = fields.string("container_name", &problems)
        names.host = fields.string("hostname", &problems).map { host in
            fields.string("domainname", &problems).map { "\(host).\($0)" } ?? host
        }
        names.links = (fields["links"]?.list ?? []).compactMap(\.scalarText).map(Self.link)
        names.extraHosts = extraHosts(&problems)
        return names
    }

    /// A network goes by the name that it has on the machine: two keys may mean one.
    private func networks(_ problems: inout Problems) -> [String: [String]] {
        var networks: [String: [String]] = [:]
        for (key, value) in fields["networks"]?.map ?? ComposeMap() {
            let name = project.model["networks"]?.map?[key]?.map?["name"]?.scalarText ?? key
            let details = Fields(value, path: fields.path + ["networks", key])
            networks[name, default: []] += details.strings("aliases", &problems) ?? []
        }
        return networks
    }

    /// Names are a matter of networks that a project makes: those of `none`, `host`, the engine's own bridge and a
    /// container of somebody else's, which without an engine is the host, know none.
    private func join(_ mode: String?, _ names: inout ServiceNames) {
        guard let mode, !mode.isEmpty else { return }
        let joined = "service:"
        if mode.hasPrefix(joined) {
            names.networksOf = String(mode.dropFirst(joined.count))
        } else if mode == "host" || mode.hasPrefix("container:") {
            names.mode = .host
        } else if mode == "none" {
            names.mode = .alone
        } else if mode == "bridge" || mode == "default" {
            names.mode = .bridge
        } else {
            names.networks[mode] = []
        }
    }

    private static func link(_ text: String) -> ServiceNames.Link {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return ServiceNames.Link(parts[0], as: parts.count == 2 ? parts[1] : text)
    }

    private func extraHosts(_ problems: inout Problems) -> [ServiceNames.ExtraHost] {
        (fields["extra_hosts"]?.list ?? []).compactMap(\.scalarText).compactMap { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { return nil }
            let address = parts[1]
            guard AddressSyntax.isAddress(address) || address == ServiceNames.ExtraHost.hostGateway else {
                problems.report(
                    fields.path + ["extra_hosts"],
                    "expected a numeric address or host-gateway for \(parts[0]), not '\(parts[1])'")
                return nil
            }
            return ServiceNames.ExtraHost(parts[0], at: address)
        }
    }
}
