internal import Compose

/// Ports that more can reach than was meant, or that nobody can.
enum PortAdvice {
    static func advice(on service: AdvisedService) -> [Advice] {
        (service.model["ports"]?.items ?? []).enumerated().flatMap { index, port -> [Advice] in
            let place = ["ports", "\(index)"]
            var advice: [Advice] = []
            let published = port["published"]?.text ?? ""
            if isEverywhere(port["host_ip"]?.text), !published.isEmpty {
                advice.append(
                    service.advice(
                        .publishedEverywhere, at: place, "port \(published) can be reached from every network",
                        hint: "publish \"127.0.0.1:\(published):\(port["target"]?.text ?? published)\" for this machine"
                    ))
            }
            if port["protocol"]?.text == "udp" {
                advice.append(
                    service.advice(
                        .udpPort, at: place, "without a container engine, UDP ports are not forwarded",
                        hint: "have the program listen on the published port itself"))
            }
            return advice
        }
    }

    /// Services that publish the same port of the same address.
    static func duplicates(among services: [AdvisedService]) -> [Advice] {
        struct Claim {
            let service: AdvisedService
            let index: Int
            let address: String
            let ports: ClosedRange<Int>
            let transport: String
        }
        var claims: [Claim] = []
        var advice: [Advice] = []
        for service in services {
            for (index, port) in (service.model["ports"]?.items ?? []).enumerated() {
                guard let ports = range(port["published"]?.text) else { continue }
                let claim = Claim(
                    service: service, index: index, address: port["host_ip"]?.text ?? "", ports: ports,
                    transport: port["protocol"]?.text ?? "tcp")
                let earlier = claims.first {
                    $0.transport == claim.transport && $0.ports.overlaps(claim.ports)
                        && ($0.address == claim.address || isEverywhere($0.address) || isEverywhere(claim.address))
                }
                claims.append(claim)
                guard let earlier else { continue }
                advice.append(
                    service.advice(
                        .duplicatePort, at: ["ports", "\(index)"],
                        "publishes \(port["published"]?.text ?? ""), which \(earlier.service.name) publishes, too",
                        hint: "only one of them can have it"))
            }
        }
        return advice
    }

    private static func isEverywhere(_ address: String?) -> Bool {
        ["", "0.0.0.0", "::", nil].contains(address)
    }

    private static func range(_ text: String?) -> ClosedRange<Int>? {
        let ends = (text ?? "").split(separator: "-").map { Int($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last, first > 0 else { return nil }
        return first...last
    }
}
