internal import Healing
internal import Platform
internal import Probing
internal import Runtimes
internal import Stack

/// Carries out the probes that the engine asks for: native ones here, commands by way of the runtime. At most one
/// probe an instance is under way.
final class ProbeRunner {
    private enum Running {
        case native(ProbeHandle, run: Int)
        case command(Int, run: Int, startedAt: Instant, timeout: Duration, service: Service)
    }

    private let prober: Prober
    private let runtime: any Runtime
    private let onResult: (InstanceID, Int, ProbeResult) -> Void
    private var running: [InstanceID: Running] = [:]
    private var instances: [Int: InstanceID] = [:]
    private var reachability = Reachability()

    init(prober: Prober, runtime: any Runtime, onResult: @escaping (InstanceID, Int, ProbeResult) -> Void) {
        self.prober = prober
        self.runtime = runtime
        self.onResult = onResult
    }

    func start(_ probe: Probe, of service: Service, instance: InstanceID, run: Int, timeout: Duration) {
        cancel(instance)
        switch probe {
        case .command(let words): execute(words, service, instance, run, timeout)
        case .shell(let line): execute(["/bin/sh", "-c", line], service, instance, run, timeout)
        case .tcp, .http, .postgres, .redis, .bolt, .ollama, .grpc:
            let address = runtime.address(of: instance)
            let handle = prober.start(
                probe, address: address, network: service.launch.network, timeout: timeout
            ) { [weak self] outcome in
                self?.running[instance] = nil
                self?.onResult(instance, run, Self.result(outcome))
            }
            running[instance] = .native(handle, run: run)
        case .heartbeat:
            // Nobody asks: the instance tells by itself, and the engine keeps the time.
            return
        }
    }

    /// Asks whether a connection comes to a port from within a network namespace.
    func reach(
        _ port: UInt16, at address: String, from network: String, then: @escaping (ProbeOutcome) -> Void
    ) {
        _ = prober.start(
            .tcp(port: port), address: address, network: network, timeout: Reachability.timeout, completion: then)
    }

    func cancel(_ instance: InstanceID) {
        switch running.removeValue(forKey: instance) {
        case .native(let handle, _): prober.cancel(handle)
        case .command(let number, _, _, _, _):
            instances[number] = nil
            runtime.abandon(command: number)
        case nil: return
        }
    }

    /// Takes the end of a command; false where it was no probe.
    func commandEnded(_ number: Int, _ result: CommandResult) -> Bool {
        guard let instance = instances.removeValue(forKey: number) else { return false }
        guard case .command(_, let run, let startedAt, let timeout, let service) = running.removeValue(forKey: instance)
        else {
            return true
        }
        let verdict = Self.result(result, took: Instant.now() - startedAt, timeout: timeout)
        if case .passed = verdict, let port = Reachability.port(of: service) {
            reach(port, instance, run, verdict)
        } else {
            onResult(instance, run, verdict)
        }
        return true
    }

    private func reach(_ port: UInt16, _ instance: InstanceID, _ run: Int, _ inside: ProbeResult) {
        let handle = prober.start(
            .tcp(port: port), address: runtime.address(of: instance), network: nil, timeout: Reachability.timeout
        ) { [weak self] outcome in
            guard let self else { return }
            running[instance] = nil
            onResult(instance, run, reachability.judge(inside, outcome, of: instance, run: run, port: port))
        }
        running[instance] = .native(handle, run: run)
    }

    private func execute(
        _ words: [String], _ service: Service, _ instance: InstanceID, _ run: Int, _ timeout: Duration
    ) {
        let command = SideCommand(arguments: words, timeout: timeout)
        let number = runtime.execute(command, beside: instance, of: service)
        instances[number] = instance
        running[instance] = .command(number, run: run, startedAt: Instant.now(), timeout: timeout, service: service)
    }

    private static func result(_ outcome: ProbeOutcome) -> ProbeResult {
        switch outcome {
        case .passed(let took): .passed(took: took)
        case .failed(let reason): .failed(reason)
        }
    }

    private static func result(_ result: CommandResult, took: Duration, timeout: Duration) -> ProbeResult {
        switch result {
        case .ended(code: 0, _): return .passed(took: took)
        case .ended(let code, let output): return .failed("exit code \(code)" + quoted(output))
        case .signalled(9, _) where took >= timeout:
            return .failed("timed out after \(DurationText.format(timeout))")
        case .signalled(let signal, let output):
            return .failed("ended by \(SignalNames.name(signal))" + quoted(output))
        case .failed(let reason): return .failed(reason)
        }
    }

    /// The last line of what a command printed, short enough for a sentence.
    private static func quoted(_ output: String) -> String {
        guard let line = output.split(whereSeparator: \.isNewline).last else { return "" }
        return ": " + line.prefix(200)
    }
}
