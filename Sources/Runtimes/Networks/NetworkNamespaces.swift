internal import Glibc
public import Platform
public import Stack

/// The network namespaces of a project on this machine: made where they are missing, and removed with the project.
///
/// They have names (ip-netns(8)), so they outlive every process of Hale's and are found again by the next.
public struct NetworkNamespaces {
    private let project: String
    private let identity: String
    /// How what runs was launched before this healer came, by service; empty once that was looked at.
    private var adopted: [String: [LaunchSpecification]] = [:]
    /// Why services share the host's network; nil where they do not, or nothing was decided yet.
    public private(set) var obstacle: String?
    /// Why some of the namespaces are missing; nil where none is.
    public private(set) var problem: String?
    private var isDecided = false
    /// Where those are that `place` saw to.
    private var wanted: [String] = []

    /// Those of the project at `locations`.
    public init(_ locations: Locations) {
        project = locations.project
        identity = locations.state
    }

    /// What runs already, as it was launched, says whether services have networks of their own: neither a new healer nor a
    /// machine that has changed makes running instances start again.
    public mutating func adopt(_ launches: [(service: String, launch: LaunchSpecification)]) {
        adopted = Dictionary(grouping: launches, by: \.service).mapValues { $0.map(\.launch) }
    }

    /// The stack with each service in its namespace. `living` has a process of each namespace that has one, by path: where
    /// somebody took away the name, that brings it back.
    ///
    /// Where there are none and cannot be, services are in the host's network, and `obstacle` says why. Where some of them are
    /// missing, `problem` does: without them a service is not started, rather than let out.
    public mutating func place(_ stack: Stack, living: [String: Int32] = [:]) -> Stack {
        let plan = NetworkPlan(stack, identity: identity)
        wanted = []
        guard stack.isolatesNetworks else {
            removeAll()
            (obstacle, problem, isDecided) = (nil, nil, false)
            return stack.placed(by: nil)
        }
        decide(plan)
        problem = nil
        if obstacle == nil {
            let isFirst = !plan.namespaces.contains { fileExists($0.path) }
            do {
                try NetworkBuilder(plan: plan, living: living).makeMissing()
            } catch {
                if isFirst { obstacle = "\(error)" } else { problem = "\(error)" }
            }
        }
        guard obstacle == nil else {
            removeAll()
            return stack.placed(by: nil)
        }
        wanted = plan.namespaces.map(\.path)
        return stack.placed(by: plan, gateways: Self.gateways(stack, plan))
    }

    private mutating func decide(_ plan: NetworkPlan) {
        guard !isDecided, !plan.namespaces.isEmpty else { return }
        isDecided = true
        let running = adopted.filter { plan.namespace(of: $0.key) != nil }.flatMap(\.value)
        adopted = [:]
        guard !running.isEmpty else {
            obstacle = NetworkObstacle.find(plan)
            return
        }
        if running.allSatisfy({ $0.network == nil }) {
            obstacle = "its services were started so; `hale down` and `hale up` give them networks of their own"
        }
    }

    /// The stack with each service in the namespace that is there for it, as a command sees it that is to join what runs.
    public func found(_ stack: Stack) -> Stack {
        let plan = NetworkPlan(stack, identity: identity)
        let isInUse = stack.isolatesNetworks && namesInFolder(NetworkPlan.folder).contains(where: plan.owns)
        return isInUse ? stack.placed(by: plan, gateways: Self.gateways(stack, plan)) : stack.placed(by: nil)
    }

    /// Where the host is found from each namespace that has a way out, by path; nothing where nobody asks for it.
    private static func gateways(_ stack: Stack, _ plan: NetworkPlan) -> [String: String] {
        guard stack.namesHostGateway else { return [:] }
        var gateways: [String: String] = [:]
        for namespace in plan.namespaces where namespace.callsOut {
            let words = (try? NetworkTools.run(["ip", "-n", namespace.name, "route", "show", "default"]))?
                .split(whereSeparator: \.isWhitespace)
            guard let words, let place = words.firstIndex(of: "via"), words.indices.contains(place + 1) else {
                continue
            }
            gateways[namespace.path] = String(words[place + 1])
        }
        return gateways
    }

    /// Whether a namespace that `place` saw to is gone.
    public var isIncomplete: Bool { wanted.contains { !fileExists($0) } }

    /// Removes all that were made for the project; what runs there keeps its network until its end.
    public func removeAll() {
        let stack = Stack(name: project, directory: "/", services: [])
        let plan = NetworkPlan(stack, identity: identity)
        for name in namesInFolder(NetworkPlan.folder).sorted() where plan.owns(name) { NetworkBuilder.remove(name) }
    }
}
