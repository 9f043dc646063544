internal import Engines
internal import Platform
internal import Stack

extension ContainerRuntime {
    /// What came of an attempt to raise a limit, both in bytes.
    private enum Outcome: Sendable {
        case raised(from: Int64, to: Int64)
        case unlimited
        case kept(at: Int64, available: Int64)
    }

    /// Raises the memory limit of an instance that has run out of memory, as its service has it and the machine allows.
    func raiseMemory(of instance: InstanceID) {
        guard let policy = stack.services[instance.service]?.memory, let member = members[instance] else { return }
        let available = isLocal ? MachineMemory.available() : .max
        link.perform(instance.description) { session in
            let limit = try session.wholeContainer(member.container)["HostConfig"]?["Memory"]?.integer ?? 0
            guard limit > 0 else { return Outcome.unlimited }
            guard let next = policy.next(after: limit, available: available) else {
                return .kept(at: limit, available: available)
            }
            // Without more to swap: a service that swaps is slow before it is ended.
            try session.updateContainer(member.container, memory: next, memoryAndSwap: next)
            return .raised(from: limit, to: next)
        } then: { [weak self] result in
            self?.tell(of: result, instance, policy)
        }
    }

    private func tell(of result: Result<Outcome, any Error>, _ instance: InstanceID, _ policy: MemoryPolicy) {
        switch result {
        case .success(.raised(let from, let to)):
            book.memory[instance.description] = to
            onEvent(
                .noted(
                    instance, "its memory limit was raised from \(ByteSize.format(from)) to \(ByteSize.format(to))"))
        case .success(.unlimited):
            onEvent(.noted(instance, "it has no memory limit that could be raised: the machine has no more"))
        case .success(.kept(let limit, let available)):
            let why =
                limit >= policy.ceiling
                ? "that is its ceiling" : "the machine has \(ByteSize.format(available)) left"
            onEvent(.noted(instance, "its memory limit stays at \(ByteSize.format(limit)): \(why)"))
        case .failure(let error):
            onEvent(.noted(instance, "its memory limit could not be raised: \(error)"))
        }
    }

    /// The limit that an instance's next container has, in bytes; nil is the file's.
    func raisedMemory(of instance: InstanceID) -> Int64? {
        guard let raised = book.memory[instance.description],
            let policy = stack.services[instance.service]?.memory
        else { return nil }
        return min(raised, policy.ceiling)
    }
}
