public import Alerting
internal import Platform
public import Stack

/// Tells a channel something, on the thread that calls; every attempt ends within the channel's timeout.
public enum AlertDelivery {
    /// What came of telling `channel` that message.
    public static func deliver(_ message: AlertMessage, to channel: AlertChannel, late: Lateness? = nil)
        -> DeliveryOutcome
    {
        let resolved: AlertChannel
        do throws(SystemError) {
            resolved = try channel.resolved(Self.secret)
        } catch {
            return .failed("a secret cannot be read: \(error)")
        }
        for request in AlertRequest.requests(message, to: resolved, late: late) {
            let outcome = perform(request, channel)
            guard case .delivered = outcome else { return outcome.masked(by: resolved) }
        }
        return .delivered
    }

    private static func perform(_ request: AlertRequest, _ channel: AlertChannel) -> DeliveryOutcome {
        switch request {
        case .http(let call): HTTPDelivery.perform(call, channel)
        case .mail(let mail): MailDelivery.perform(mail, channel)
        case .command(let call): CommandDelivery.perform(call, timeout: channel.timeout)
        }
    }

    private static let mostSecret = 64 << 10

    private static func secret(_ path: String) throws(SystemError) -> String {
        var bytes = try readWholeFile(path, limit: mostSecret)
        while let last = bytes.last, last == 10 || last == 13 || last == 32 || last == 9 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension DeliveryOutcome {
    fileprivate func masked(by channel: AlertChannel) -> DeliveryOutcome {
        switch self {
        case .delivered: self
        case .failed(let problem, let patience): .failed(channel.masking(problem), retryAfter: patience)
        case .refused(let problem): .refused(channel.masking(problem))
        }
    }
}
