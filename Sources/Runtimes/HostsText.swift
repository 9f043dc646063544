internal import Stack

/// What an instance finds as /etc/hosts (hosts(5)): the host's own text, then the names of its own and of every service
/// that shares a network with it, as a container engine's DNS would resolve them.
///
/// An instance finds itself at its own address and all others behind their breakers. A name that the stack has is taken
/// out of the host's text, as a resolver would otherwise give both addresses.
struct HostsText {
    private let stack: Stack
    /// Where each service is found.
    private let addresses: [String: String]
    /// Where a service finds others at addresses that are for it alone, by its name.
    private let ownAddresses: [String: [String: String]]
    private let host: String
    /// What is seen in networks: most services are in the same.
    private var views: [Set<String>: View] = [:]

    private struct View {
        var lines: [Line] = []
        /// All their names, in lower case.
        var names: Set<String> = []
    }

    private struct Line {
        var service: String
        var names: [String]
        var text: String
    }

    /// For a stack whose services are found at `addresses`, and by some at `ownAddresses`, on a host whose own file is
    /// `host`.
    init(
        stack: Stack, addresses: [String: String], ownAddresses: [String: [String: String]] = [:], host: String
    ) {
        self.stack = stack
        self.addresses = addresses
        self.ownAddresses = ownAddresses
        self.host = host
    }

    /// The text for an instance of `service` at `own`. With `isTask` it is a task, which finds the service's instances
    /// under the service's name.
    mutating func text(for service: Service, at own: String, isTask: Bool = false) -> String {
        let names = service.names
        let extra = names.extraHosts.filter { Self.isName($0.name) }
        let networks = stack.networks(of: service)
        let links = names.links.filter { link in
            stack.services[link.service].map { !$0.names(in: networks).isEmpty } ?? false
        }
        // What is said for this service alone comes before what holds in a network.
        let overridden = Set(extra.map { $0.name.lowercased() })
        let ownNames = (isTask ? [names.host].compactMap { $0 } : service.ownNames).filter {
            Self.isName($0) && !overridden.contains($0.lowercased())
        }
        let linked = links.filter { Self.isName($0.alias) && !overridden.contains($0.alias.lowercased()) }
        let hidden = overridden.union(linked.map { $0.alias.lowercased() })

        let view = view(of: networks)
        let taken = hidden.union(ownNames.map { $0.lowercased() })
        var text = Self.kept(host) { view.names.contains($0) || taken.contains($0) } + Self.line(own, ownNames)
        let special = ownAddresses[service.name] ?? [:]
        for line in view.lines where isTask || line.service != service.name {
            let address = special[line.service]
            let isShared = hidden.isEmpty && address == nil
            text +=
                isShared ? line.text : Self.line(address ?? addresses[line.service], line.names.without(hidden))
        }
        for link in linked { text += Self.line(special[link.service] ?? addresses[link.service], [link.alias]) }
        for host in extra { text += Self.line(host.address, [host.name]) }
        return text
    }

    /// A line for each service that is in one of those networks.
    private mutating func view(of networks: Set<String>) -> View {
        if let known = views[networks] { return known }
        var view = View()
        for service in stack.services.values.sorted(by: { $0.name < $1.name }) {
            let names = service.names(in: networks).filter(Self.isName)
            view.lines.append(
                Line(service: service.name, names: names, text: Self.line(addresses[service.name], names)))
            view.names.formUnion(names.map { $0.lowercased() })
        }
        views[networks] = view
        return view
    }

    /// One line; nothing where there is no address or no name.
    private static func line(_ address: String?, _ names: [String]) -> String {
        guard let address, !names.isEmpty else { return "" }
        return "\(address)\t\(names.joined(separator: " "))\n"
    }

    /// Whether it can stand in the file without being taken for anything else, this machine included.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.lowercased() != "localhost"
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "#") }
    }

    /// The host's text as it is, but for names that are taken.
    private static func kept(_ text: String, unless isTaken: (String) -> Bool) -> String {
        let newline = UInt8(ascii: "\n")
        // By bytes: to Swift a line that ends as on Windows does not end in a newline.
        let lines = text.utf8.split(separator: newline, omittingEmptySubsequences: false)
        let left = lines.compactMap { kept(line: Substring($0), unless: isTaken) }.joined(separator: "\n")
        return left.isEmpty || left.utf8.last == newline ? left : left + "\n"
    }

    private static func kept(line: Substring, unless isTaken: (String) -> Bool) -> String? {
        let blanks = " \t\r".utf8
        let words = line.utf8.prefix { $0 != UInt8(ascii: "#") }.split(whereSeparator: blanks.contains)
            .map { String(Substring($0)) }
        guard let address = words.first, words.dropFirst().contains(where: { isTaken($0.lowercased()) }) else {
            return String(line)
        }
        let rest = words.dropFirst().filter { !isTaken($0.lowercased()) }
        return rest.isEmpty ? nil : "\(address)\t\(rest.joined(separator: " "))"
    }
}

extension [String] {
    fileprivate func without(_ names: Set<String>) -> [String] {
        filter { !names.contains($0.lowercased()) }
    }
}
