/// Answers from a few pages by their paths. There is nothing to change, so whoever reaches the socket may read.
struct MonitorPages: RequestAnswerer {
    static let methods = ["GET", "HEAD"]

    let pages: [String: @Sendable () -> MonitorPage]

    func admit(_ head: inout RequestHead) -> Response? {
        // A name that a stranger points here leads to what only this machine reaches; elsewhere monitors use names.
        if case .tcp(let address?) = head.transport, address == "::1" || address.hasPrefix("127."),
            let problem = HostPolicy.problem(hosts: head.hosts, localAddress: address)
        {
            return .problem(421, problem, head)
        }
        guard pages[head.path] != nil else { return unknownPath(head) }
        guard Self.methods.contains(head.method) else {
            let allowed = Self.methods.joined(separator: ", ")
            let detail = "\(head.path) does not take \(head.method.prefix(20)); use \(allowed)"
            return .problem(405, detail, head, headers: ["Allow": allowed])
        }
        return nil
    }

    func bodyLimit(of head: RequestHead) -> Int { 0 }

    func tooLarge(_ head: RequestHead) -> Response {
        .problem(413, "\(head.path.prefix(200)) takes no body", head)
    }

    func answer(_ head: RequestHead, body: [UInt8]) -> Response {
        pages[head.path].map { $0().response(head) } ?? unknownPath(head)
    }

    private func unknownPath(_ head: RequestHead) -> Response {
        ProblemDetails(
            title: ProblemDetails.title(of: 404), status: 404,
            detail: "there is nothing at this path; the paths there are are listed",
            instance: String(head.path.prefix(200)), paths: pages.keys.sorted()
        ).response()
    }
}
