internal import Flags
internal import Stack
internal import Wire

extension BreakerSummary {
    /// What the breakers of a gateway make of each service.
    static func byService(_ records: [BreakerRecord]) -> [String: BreakerSummary] {
        Dictionary(grouping: records, by: \.service).mapValues { ofService in
            let ports = Dictionary(grouping: ofService, by: \.target).values
            return ofPorts(ports.map { ofInstances($0.map { BreakerSummary($0.state) }) })
        }
    }

    private init(_ state: BreakerState) {
        switch state {
        case .closed, .disabled, .metricsOnly: self = .closed
        case .open, .forcedOpen: self = .open
        case .halfOpen: self = .halfOpen
        }
    }
}
