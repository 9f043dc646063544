internal import Alerting
internal import Platform
internal import Stack

/// Tells a program.
enum CommandDelivery {
    private static let mostProblem = 200

    static func perform(_ call: AlertRequest.CommandCall, timeout: Duration) -> DeliveryOutcome {
        var environment = call.environment
        environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        do throws(SystemError) {
            let outcome = try ProgramRun.run(
                call.words, input: call.input, environment: environment, patience: timeout)
            guard !outcome.succeeded else { return .delivered }
            let said =
                outcome.output.split(whereSeparator: \.isNewline).last.map { ": " + $0.prefix(mostProblem) } ?? ""
            return .failed("\(call.words.first ?? "") failed or took too long\(said)")
        } catch {
            return .failed("\(error)")
        }
    }
}
