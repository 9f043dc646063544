internal import Control
internal import Platform
internal import Stack
internal import Synchronization

/// Measures what instances use, for as long as somebody asks: whoever does pays for the next round, and a round ends when
/// its share of the processor is spent. With a thousand instances a round is then about some of them, and the next one
/// goes on from there.
final class UsageMeter: Sendable {
    /// From the beginning of one round to the next.
    private let interval: Duration
    /// Processor time of one round, which is about one instance at least.
    private let budget: Duration

    private struct Reading {
        let pid: Int32
        let sample: InstanceSample
        let processors: Double?
    }

    private struct State {
        var readings: [String: Reading] = [:]
        /// The instance that the last round ended with.
        var last = ""
        var nextRound = Instant.zero
    }

    private let state = Mutex(State())

    init(interval: Duration = .milliseconds(900), budget: Duration = .milliseconds(15)) {
        self.interval = interval
        self.budget = budget
    }

    /// What the instances with a process use, by name; only one caller at a time measures.
    func usage(of status: StackStatus, _ stack: Stack) -> [String: ServiceUsage] {
        if let (readings, last) = beginRound() {
            let round = measure(status, readings, after: last)
            state.withLock {
                $0.readings = round.readings
                $0.last = round.last
            }
        }
        let readings = state.withLock { $0.readings }
        var usage: [String: ServiceUsage] = [:]
        for (name, service) in status.services {
            let limits = stack.services[name]?.launch.resources
            for instance in service.instances {
                guard let reading = readings[instance.name], reading.pid == instance.pid else { continue }
                usage[instance.name] = ServiceUsage(
                    processors: reading.processors, processorLimit: limits?.processors, memory: reading.sample.memory,
                    memoryLimit: reading.sample.memoryLimit ?? limits?.memory)
            }
        }
        return usage
    }

    private func beginRound() -> (readings: [String: Reading], last: String)? {
        let now = Instant.now()
        return state.withLock { state in
            guard now >= state.nextRound else { return nil }
            state.nextRound = now + interval
            return (state.readings, state.last)
        }
    }

    private func measure(
        _ status: StackStatus, _ earlier: [String: Reading], after last: String
    ) -> (readings: [String: Reading], last: String) {
        let running = status.services.values.flatMap(\.instances).compactMap { instance in
            instance.pid.map { (name: instance.name, pid: $0) }
        }
        let sorted = running.sorted { $0.name < $1.name }
        let start = sorted.firstIndex { $0.name > last } ?? 0
        let names = Set(running.map(\.name))
        var readings = earlier.filter { names.contains($0.key) }
        var place = last
        let begin = ThreadTime.now()
        for (name, pid) in sorted[start...] + sorted[..<start] {
            readings[name] = Self.read(pid, keeper: status.processes.keeper, earlier[name])
            place = name
            if ThreadTime.now() - begin > budget { break }
        }
        return (readings, place)
    }

    private static func read(_ pid: Int32, keeper: Int32?, _ earlier: Reading?) -> Reading? {
        guard let sample = InstanceSample.read(root: pid, keeper: keeper) else { return nil }
        let known = earlier.flatMap { $0.pid == pid ? $0.sample : nil }
        return Reading(pid: pid, sample: sample, processors: known.map { sample.processors(since: $0) / 100 })
    }
}
