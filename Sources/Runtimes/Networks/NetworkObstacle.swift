internal import Platform
internal import Stack

/// What keeps services of this machine from having networks of their own.
enum NetworkObstacle {
    /// Why the networks of `plan` cannot be, in a sentence; nil where they can.
    static func find(_ plan: NetworkPlan) -> String? {
        guard ProcessFacts.isRoot, ProcessFacts.mayChangeNetworks else {
            return "only root may give them networks of their own (CAP_SYS_ADMIN, CAP_NET_ADMIN)"
        }
        guard let version = try? ProgramRun.run(["ip", "-Version"]), version.succeeded else {
            return "the program ip is missing; install iproute2"
        }
        guard plan.namespaces.contains(where: \.callsOut) else { return nil }
        if ResolverFile.choice() == .none {
            return "the DNS server of /etc/resolv.conf is on the host's loopback, where nobody else reaches it"
        }
        do {
            let chains = try ProgramRun.run(["nft", "list", "chains"])
            guard chains.succeeded else { return "nft says: \(NetworkTools.line(chains.output))" }
            guard NetworkCommands.forwarding(chains: chains.output) == .dropped else { return nil }
            return
                "the firewall drops what is forwarded (a chain 'hook forward' with 'policy drop'), so nobody in them "
                + "could call out"
        } catch {
            return "the program nft is missing; install nftables"
        }
    }
}
