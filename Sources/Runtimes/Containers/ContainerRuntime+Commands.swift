internal import Engines
public import Stack

/// Commands in containers: those of health checks and hooks.
extension ContainerRuntime {
    /// Runs a command in the container.
    public func execute(_ command: SideCommand, beside instance: InstanceID, of service: Service) -> Int {
        nextCommand += 1
        let running = RunningCommand(command, in: members[instance]?.container ?? "", isLocal: isLocal)
        commands[nextCommand] = running
        run(running, nextCommand)
        return nextCommand
    }

    private func run(_ command: RunningCommand, _ number: Int) {
        link.performCommand { session in
            try command.run(session)
        } then: { [weak self] result in
            guard let self, commands[number] != nil else { return }
            switch result {
            // That the engine is not there, or hangs, says nothing of the instance.
            case .failure(let error as EngineError) where error.isAbsence || error == .timedOut:
                postponedCommands.insert(number)
            case .failure(let error): finish(number, .failed("\(error)"))
            case .success(let outcome): finish(number, outcome)
            }
        }
    }

    private func finish(_ number: Int, _ result: CommandResult) {
        commands[number] = nil
        onEvent(.commandEnded(number, result))
    }

    /// Runs what could not be run without the engine.
    func runPostponedCommands() {
        let numbers = postponedCommands.sorted()
        postponedCommands = []
        for number in numbers {
            if let command = commands[number] { run(command, number) }
        }
    }

    /// Ends such a command.
    public func abandon(command: Int) {
        commands.removeValue(forKey: command)?.abandon()
        postponedCommands.remove(command)
    }
}
