internal import Stack

/// A URL that takes JSON.
public struct Webhook: Hashable, Sendable {
    private static let timeout = Duration.seconds(30)

    private let url: String

    /// The one at that URL.
    public init(_ url: String) {
        self.url = url
    }

    /// Sends it a document, and waits for the answer: nil, or in a few words why it was not taken.
    public func post(_ json: [UInt8]) -> String? {
        do throws(CurlTransfer.Failure) {
            let request = CurlTransfer.Request(method: "POST", url: url, body: json, timeout: Self.timeout)
            let (status, _) = try CurlTransfer(request).perform()
            return (200..<300).contains(status) ? nil : "status \(status)"
        } catch {
            switch error {
            case .unreachable(let reason): return reason
            case .timedOut: return "no answer in time"
            }
        }
    }
}
