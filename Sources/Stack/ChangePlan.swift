/// What a changed configuration is going to do to one service.
public struct PlannedChange: Hashable, Sendable, Codable {
    /// What is done.
    public enum Action: String, Hashable, Sendable, Codable, CaseIterable {
        /// Its first process, or its next, is started.
        case start
        /// Its processes are stopped and started anew, in turn where there are several.
        case replace
        /// It is stopped for good.
        case stop
        /// Instances are added or taken away; the others go on.
        case scale
        /// It goes on as it is, under other rules.
        case reconfigure
    }

    /// The service.
    public var service: String
    /// What is done.
    public var action: Action
    /// Why, with the keys that changed, in words.
    public var reason: String

    /// A change of that service.
    public init(_ service: String, _ action: Action, _ reason: String) {
        self.service = service
        self.action = action
        self.reason = reason
    }
}

/// Works out what a changed configuration does before it is applied.
public struct ChangePlan: Hashable, Sendable {
    /// Where a service is now.
    public struct Place: Hashable, Sendable {
        /// How many of its instances have a process.
        public var live: Int
        /// Whether a person stopped or paused it.
        public var isSetAside: Bool

        /// A service with so many processes.
        public init(live: Int, isSetAside: Bool = false) {
            self.live = live
            self.isSetAside = isSetAside
        }
    }

    /// What is done, in the order of the services' names; empty where nothing is.
    public private(set) var changes: [PlannedChange] = []

    /// The way from `old` (nil where nothing was applied) to `new`. `places` are the services that Hale looks after;
    /// `revived` are those that a person wants to run again, with the reason why they do not.
    public init(from old: Stack?, to new: Stack, places: [String: Place], revived: [String: String] = [:]) {
        let names = Set(new.services.keys).union(old?.services.keys ?? [:].keys).union(places.keys)
        for name in names.sorted() {
            guard let service = new.services[name] else {
                changes.append(PlannedChange(name, .stop, "it is no longer part of the stack"))
                continue
            }
            guard let former = old?.services[name], let place = places[name] else {
                let reason = old?.services[name] == nil ? "it is new" : "nothing runs of it"
                if service.replicas > 0 { changes.append(PlannedChange(name, .start, reason)) }
                continue
            }
            compare(former, service, place, revived[name])
        }
    }

    private mutating func compare(_ old: Service, _ new: Service, _ place: Place, _ revival: String?) {
        let launch = LaunchKeys.changed(old, new)
        let rules = LaunchKeys.changedRules(old, new)
        if new.replicas == 0, old.replicas > 0 {
            changes.append(PlannedChange(new.name, .stop, "scale: \(old.replicas) to 0"))
            return
        }
        if !launch.isEmpty { changes.append(launchChange(new, launch, place, isRevived: revival != nil)) }
        if old.replicas != new.replicas {
            changes.append(PlannedChange(new.name, .scale, "scale: \(old.replicas) to \(new.replicas)"))
        }
        if launch.isEmpty, let revival { changes.append(PlannedChange(new.name, .start, revival)) }
        if !rules.isEmpty {
            changes.append(PlannedChange(new.name, .reconfigure, "changed: \(rules.joined(separator: ", "))"))
        }
    }

    private func launchChange(_ new: Service, _ keys: [String], _ place: Place, isRevived: Bool) -> PlannedChange {
        let reason = "changed: \(keys.joined(separator: ", "))"
        if place.isSetAside, !isRevived {
            return PlannedChange(new.name, .reconfigure, "\(reason); takes effect once it runs again")
        }
        guard place.live > 0 else { return PlannedChange(new.name, .start, reason) }
        guard new.isUpdatedInTurns else { return PlannedChange(new.name, .replace, reason) }
        let turns = new.updatePolicy.words(instances: min(place.live, new.replicas))
        return PlannedChange(new.name, .replace, "\(reason); rolling update of \(new.name): \(turns)")
    }
}

/// Names the keys of the file in which two versions of a service differ.
enum LaunchKeys {
    /// Those that need a new process, in the file's words. Values are left out: some are secret.
    static func changed(_ old: Service, _ new: Service) -> [String] {
        let (old, new) = (old.launch, new.launch)
        var keys: [String] = []
        if old.command != new.command { keys.append("command") }
        if old.environment != new.environment {
            let names = Set(old.environment.keys).union(new.environment.keys)
                .filter { old.environment[$0] != new.environment[$0] }
            keys.append("environment (\(names.sorted().joined(separator: ", ")))")
        }
        if old.workingDirectory != new.workingDirectory { keys.append("working_dir") }
        if old.user != new.user { keys.append("user") }
        keys += resources(old.resources, new.resources)
        if old.volumes != new.volumes { keys.append("volumes") }
        if old.notify != new.notify { keys.append("x-hale.notify") }
        if old.watchdog != new.watchdog { keys.append("x-hale.watchdog") }
        if old.files != new.files { keys.append("secrets or configs") }
        if old.network != new.network { keys.append("networks") }
        return keys + container(old.container, new.container)
    }

    /// What makes another container. What the engine is told of it is not told apart here.
    private static func container(_ old: ContainerSpecification?, _ new: ContainerSpecification?) -> [String] {
        guard let old, let new else { return old == nil && new == nil ? [] : ["runtime"] }
        guard old != new else { return [] }
        var keys: [String] = []
        if old.image != new.image || old.imageID != new.imageID { keys.append("image") }
        if old.name != new.name { keys.append("container_name") }
        if old.networks != new.networks { keys.append("networks") }
        if old.configuration != new.configuration || old.shares != new.shares || old.platform != new.platform {
            keys.append("what its container is made from")
        }
        if old.files != new.files { keys.append("secrets or configs") }
        return keys
    }

    private static func resources(_ old: ResourceLimits, _ new: ResourceLimits) -> [String] {
        var keys: [String] = []
        if old.memory != new.memory { keys.append("memory limit") }
        if old.processors != new.processors { keys.append("cpus") }
        if old.processes != new.processes { keys.append("pids limit") }
        if old.ulimits != new.ulimits { keys.append("ulimits") }
        return keys
    }

    /// Those that a running process need not notice.
    static func changedRules(_ old: Service, _ new: Service) -> [String] {
        var keys: [String] = []
        if old.dependencies != new.dependencies { keys.append("depends_on") }
        if old.check != new.check { keys.append("healthcheck") }
        if old.restart != new.restart { keys.append("restart") }
        if old.stop != new.stop { keys.append("stop_signal or stop_grace_period") }
        if old.ports != new.ports { keys.append("ports") }
        if old.exposed != new.exposed { keys.append("expose") }
        if old.hold != new.hold { keys.append("x-hale.hold") }
        if old.traffic != new.traffic { keys.append("x-hale's keys for the gateway") }
        if old.hooks != new.hooks { keys.append("post_start or pre_stop") }
        if old.critical != new.critical { keys.append("x-hale.critical") }
        if old.image != new.image { keys.append("image") }
        if old.logging != new.logging { keys.append("logging") }
        if old.update != new.update { keys.append("update_config") }
        if old.rollback != new.rollback { keys.append("rollback_config") }
        if old.drain != new.drain { keys.append("x-hale.drain") }
        return keys + names(old.names, new.names, isInSameNetwork: old.launch.network == new.launch.network)
    }

    private static func names(_ old: ServiceNames, _ new: ServiceNames, isInSameNetwork: Bool) -> [String] {
        var keys: [String] = []
        let isInOthers = old.networks != new.networks || old.networksOf != new.networksOf || old.mode != new.mode
        if isInOthers, isInSameNetwork { keys.append("networks") }
        if old.container != new.container { keys.append("container_name") }
        if old.host != new.host { keys.append("hostname") }
        if old.links != new.links { keys.append("links") }
        if old.extraHosts != new.extraHosts { keys.append("extra_hosts") }
        return keys
    }
}
