/// What a page for monitors says.
public enum MonitorPage: Sendable {
    /// Metrics in the Prometheus text format.
    case metrics([MetricFamily])
    /// A JSON document.
    case json(any Encodable & Sendable)
    /// A status code and a line of text.
    case text(Int, String)

    func response(_ head: RequestHead) -> Response {
        switch self {
        case .metrics(let families):
            .text(200, PrometheusText.format(families), type: PrometheusText.contentType)
        case .json(let value): .json(200, value, head)
        case .text(let status, let line): .text(status, line + "\n")
        }
    }
}
