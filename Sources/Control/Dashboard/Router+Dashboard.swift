/// The page that people look at. It is no part of the API and so no endpoint.
extension Router {
    static let dashboardMethods = ["GET", "HEAD"]

    /// The refusal of a request for one of the page's files, or nil where it is let in.
    func admitToDashboard(_ head: RequestHead) -> Response? {
        guard !Self.dashboardMethods.contains(head.method) else { return nil }
        let allowed = Self.dashboardMethods.joined(separator: ", ")
        let detail = "\(head.path) does not take \(head.method.prefix(20)); use \(allowed)"
        return .problem(405, detail, head, headers: ["Allow": allowed])
    }

    /// One of the page's files; nil where the path is none of theirs.
    func dashboard(_ head: RequestHead) -> Response? {
        DashboardFile.all[head.path]?.response(ifNoneMatch: head.values(of: "if-none-match"))
    }
}
