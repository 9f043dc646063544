internal import Engines
internal import Platform
internal import Stack

/// What containers use, as their engine counts it: also where that is on another machine.
struct ContainerSampling {
    private let client: EngineClient
    private let project: String

    /// Of a stack's containers; nil where its instances are processes.
    init?(of stack: Stack?, in session: Session) throws {
        guard let stack, let endpoint = try RuntimeChoice.present(stack, in: session).endpoint else { return nil }
        client = EngineClient(endpoint)
        project = stack.name
    }

    /// What each instance of those names has used; what ends meanwhile is left out.
    func read(_ names: Set<String>) throws -> [String: InstanceSample] {
        do throws(EngineError) {
            let engine = try client.connect()
            var samples: [String: InstanceSample] = [:]
            for (instance, summary) in try engine.containers(ofProject: project)
            where names.contains(instance.description) {
                guard let usage = try? engine.usage(summary.Id) else { continue }
                samples[instance.description] = InstanceSample(usage)
            }
            return samples
        } catch {
            throw CommandFailure(error.description, .backend)
        }
    }
}

extension InstanceSample {
    init(_ usage: ContainerUsage) {
        self.init(
            time: .now(), processorTime: usage.cpu_stats?.cpu_usage?.total_usage ?? 0, memory: usage.memory,
            // Without a limit the engine says what the machine has.
            memoryLimit: usage.memory_stats?.limit, diskRead: usage.diskTraffic("read"),
            diskWritten: usage.diskTraffic("write"), processes: Int(clamping: usage.pids_stats?.current ?? 0))
    }
}
