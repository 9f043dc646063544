internal import Healing
internal import Stack

/// What people asked for, of single services and of Hale as a whole.
struct OperatorWishes: Equatable, Codable {
    var services: [String: OperatorWill] = [:]
    var pause: HealingPause?

    func shifted(by time: Duration) -> OperatorWishes {
        OperatorWishes(
            services: services.mapValues { will in
                var will = will
                will.maintenanceUntil = will.maintenanceUntil.map { $0 + time }
                will.since = will.since.map { $0 + time }
                return will
            },
            pause: pause.map { HealingPause(until: $0.until + time, since: $0.since + time, by: $0.by) })
    }
}

/// How instances ended and what they have on their record.
struct InstanceRecords: Equatable, Codable {
    var ended: [InstanceMemory] = []
    var restarts: [RestartHistory] = []
    /// Updates by service; nil is none, as an earlier version has it.
    var updates: [String: RollingUpdate]?

    func shifted(by time: Duration) -> InstanceRecords {
        InstanceRecords(
            ended: ended.map { memory in
                guard case .quarantined(let until?) = memory.end else { return memory }
                var memory = memory
                memory.end = .quarantined(until: until + time)
                return memory
            },
            restarts: restarts.map { $0.shifted(by: time) },
            updates: updates?.mapValues { $0.shifted(by: time) })
    }
}

extension Engine {
    var wishes: OperatorWishes { OperatorWishes(services: wills, pause: healingPause) }

    var records: InstanceRecords {
        InstanceRecords(
            ended: memory, restarts: histories.values.sorted { $0.id < $1.id },
            updates: updates.isEmpty ? nil : updates)
    }
}
