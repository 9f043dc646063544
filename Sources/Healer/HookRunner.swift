internal import Healing
internal import Runtimes
internal import Stack

/// Runs a service's lifecycle hooks, one after the other, and tells the engine how they went.
final class HookRunner {
    private struct Series {
        var instance: InstanceID
        var run: Int
        var phase: HookPhase
        var service: Service
        var rest: ArraySlice<LifecycleHooks.Hook>
    }

    /// Compose sets no limit; one that hangs must not hang its service for ever.
    private static let timeout = Duration.seconds(300)

    private let runtime: any Runtime
    private let onFinished: (InstanceID, Int, HookPhase, String?) -> Void
    private var series: [Int: Series] = [:]

    init(runtime: any Runtime, onFinished: @escaping (InstanceID, Int, HookPhase, String?) -> Void) {
        self.runtime = runtime
        self.onFinished = onFinished
    }

    func run(_ phase: HookPhase, of service: Service, instance: InstanceID, run: Int) {
        let hooks = phase == .postStart ? service.hooks.postStart : service.hooks.preStop
        next(Series(instance: instance, run: run, phase: phase, service: service, rest: hooks[...]))
    }

    /// Takes the end of a command; false where it was no hook.
    func commandEnded(_ number: Int, _ result: CommandResult) -> Bool {
        guard let series = series.removeValue(forKey: number) else { return false }
        switch result {
        case .ended(code: 0, _): next(series)
        case .ended(let code, let output): finish(series, "exit code \(code): \(output.prefix(200))")
        case .signalled(let signal, _): finish(series, "ended by \(SignalNames.name(signal))")
        case .failed(let reason): finish(series, reason)
        }
        return true
    }

    private func next(_ current: Series) {
        var current = current
        guard let hook = current.rest.popFirst() else { return finish(current, nil) }
        let command = SideCommand(
            arguments: hook.command, user: hook.user, workingDirectory: hook.workingDirectory,
            environment: hook.environment, timeout: Self.timeout)
        series[runtime.execute(command, beside: current.instance, of: current.service)] = current
    }

    private func finish(_ series: Series, _ failure: String?) {
        onFinished(series.instance, series.run, series.phase, failure)
    }
}
