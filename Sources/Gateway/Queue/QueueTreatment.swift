internal import Protocols
internal import Stack

/// Which requests of a route are kept for later, in the form in which the loop needs it.
struct QueueTreatment {
    let policy: QueuePolicy
    /// Bytes that the body of a request may have.
    let body: Int
    private let methods: Set<HTTPMethod>
    private let paths: [[UInt8]]

    init(_ policy: QueuePolicy) {
        self.policy = policy
        body = Int(clamping: policy.body)
        methods = Set(HTTPMethod.allCases.filter { policy.methods.contains("\($0)".uppercased()) })
        paths = policy.paths.map { Array($0.utf8) }
    }

    /// Whether requests of that method are.
    func takes(_ method: HTTPMethod) -> Bool { methods.contains(method) }

    /// Whether requests for that path are.
    func takes(path: some Sequence<UInt8>) -> Bool {
        paths.isEmpty || paths.contains { path.starts(with: $0) }
    }
}
