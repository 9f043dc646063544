internal import Platform
public import Stack

/// Runs each instance where it belongs: as a process, or as a container where its service says how.
public final class MixedRuntime: Runtime {
    private let processes: ProcessRuntime
    /// The container engine's part; nil until a stack needs it.
    public private(set) var containers: ContainerRuntime?
    private let onEvent: (RuntimeEvent) -> Void
    /// Instances that were last started as containers, or found as such.
    private var inContainers: Set<InstanceID> = []

    /// Nothing but processes at first.
    public init(processes: ProcessRuntime, onEvent: @escaping (RuntimeEvent) -> Void) {
        self.processes = processes
        self.onEvent = onEvent
    }

    /// Has instances run in that engine as well from now on.
    public func add(_ containers: ContainerRuntime) {
        self.containers = containers
    }

    /// That an instance was found running as a container.
    public func note(container instance: InstanceID) {
        inContainers.insert(instance)
    }

    private func runtime(of instance: InstanceID) -> any Runtime {
        guard inContainers.contains(instance), let containers else { return processes }
        return containers
    }

    /// Starts it where its service belongs.
    public func start(_ instance: InstanceID, of service: Service, run: Int) {
        guard service.launch.container != nil else {
            inContainers.remove(instance)
            return processes.start(instance, of: service, run: run)
        }
        guard let containers else {
            return onEvent(
                .startFailed(instance, run: run, reason: "no container engine is known; run 'hale up' again"))
        }
        inContainers.insert(instance)
        containers.start(instance, of: service, run: run)
    }

    /// Signals it.
    public func signal(_ instance: InstanceID, run: Int, _ signal: Int32) {
        runtime(of: instance).signal(instance, run: run, signal)
    }

    /// Ends it at once.
    public func kill(_ instance: InstanceID, run: Int) {
        runtime(of: instance).kill(instance, run: run)
    }

    /// Freezes or thaws it.
    public func freeze(_ instance: InstanceID, run: Int, _ frozen: Bool) {
        runtime(of: instance).freeze(instance, run: run, frozen)
    }

    /// Gives a standing order.
    public func order(_ instance: InstanceID, run: Int, next: Int, onlyAfterFailure: Bool) {
        runtime(of: instance).order(instance, run: run, next: next, onlyAfterFailure: onlyAfterFailure)
    }

    /// Takes it back.
    public func revokeOrder(_ instance: InstanceID, run: Int) {
        runtime(of: instance).revokeOrder(instance, run: run)
    }

    /// Only the keeper carries out orders.
    public func allowOrder(_ allowed: Bool) {
        processes.allowOrder(allowed)
    }

    /// Runs a command beside it.
    public func execute(_ command: SideCommand, beside instance: InstanceID, of service: Service) -> Int {
        runtime(of: instance).execute(command, beside: instance, of: service)
    }

    /// Ends a command early.
    public func abandon(command: Int) {
        if command >= ContainerRuntime.firstCommand {
            containers?.abandon(command: command)
        } else {
            processes.abandon(command: command)
        }
    }

    /// Where it accepts connections; empty where that is not known.
    public func address(of instance: InstanceID) -> String {
        runtime(of: instance).address(of: instance)
    }

    /// Whose address that is; nil where it is nobody's.
    public func instance(at address: String) -> InstanceID? {
        containers?.instance(at: address) ?? processes.addresses.instance(at: address)
    }
}
