internal import Control
internal import FoundationEssentials
internal import Platform
internal import Stack
internal import Synchronization

/// A project's running Hale.
struct HaleConnection {
    let locations: Locations
    private let client: ControlClient
    /// The status is at hand at any time: a healer that takes long for it hangs.
    private let statusClient: ControlClient

    /// The verb that this process was called with, which the healer notes with whatever it is asked.
    static var verb: String? {
        get { currentVerb.withLock { $0 } }
        set { currentVerb.withLock { $0 = newValue } }
    }

    private static let currentVerb = Mutex<String?>(nil)

    init(_ locations: Locations) {
        self.locations = locations
        client = ControlClient(socketPath: locations.apiSocket, verb: Self.verb)
        statusClient = ControlClient(socketPath: locations.apiSocket, timeout: .seconds(5), verb: Self.verb)
    }

    func status() throws(ControlClientError) -> StackStatus { try statusClient.status() }

    /// The body of `GET /status`, as it comes.
    func statusText() throws(ControlClientError) -> String { try statusClient.get("/status") }

    /// Why a service is as it is.
    func explanation(of service: String) throws(ControlClientError) -> Explanation {
        try client.explanation(of: service)
    }

    /// The same as the API has it.
    func explanationText(of service: String) throws(ControlClientError) -> String {
        try client.explanationText(of: service)
    }

    /// The breakers of the service or instance of that name, or all where none is given.
    func breakers(of name: String?) throws(ControlClientError) -> [BreakerStatus] {
        try client.breakers(of: name).breakers
    }

    /// The same as the API has it.
    func breakersText(of name: String?) throws(ControlClientError) -> String {
        try client.breakersText(of: name)
    }

    /// The flags, in the order of the file.
    func flags() throws(ControlClientError) -> [FlagStatus] { try client.flags() }

    /// The same as the API has it.
    func flagsText() throws(ControlClientError) -> String { try client.flagsText() }

    /// The alerts that go on, and the channels.
    func alerts() throws(ControlClientError) -> AlertOverview { try client.alerts() }

    /// The same as the API has it.
    func alertsText() throws(ControlClientError) -> String { try client.alertsText() }

    /// The status, or nil where no Hale runs for the project.
    func statusIfRunning() throws(ControlClientError) -> StackStatus? {
        do throws(ControlClientError) {
            return try statusClient.status()
        } catch {
            if case .notRunning = error, keeperPid == nil { return nil }
            throw error
        }
    }

    /// Has a command carried out, whatever Hale says of it.
    func ask(_ command: ControlCommand) throws(ControlClientError) { _ = try client.perform(command) }

    /// Has a command carried out; what Hale refuses is thrown. Returns what Hale says of it.
    @discardableResult
    func perform(_ command: ControlCommand) throws -> String {
        switch try client.perform(command) {
        case .done(let text): return text
        case .notFound(let text), .refused(let text), .failed(let text): throw CommandFailure(text)
        }
    }

    /// The keeper's process, if one lives.
    var keeperPid: Int32? {
        FileLock.holder(of: locations.keeperLock) ?? FileLock.holder(of: locations.lastingKeeperLock)
    }

    /// What to tell a person where no Hale runs for the project.
    var notRunningSentence: String {
        namesInFolder(locations.children).isEmpty
            ? "the stack '\(locations.project)' is not running"
            : "no Hale runs for '\(locations.project)', but services that it started may; 'hale up' takes them over"
    }

    /// Forgets what was applied and what people asked for, as a healer does that takes its stack down.
    func forget() {
        for path in [locations.configuration, locations.will, locations.memory, locations.flags, locations.alerts] {
            removeFile(path)
        }
    }

    /// Services that a person stopped, as the last healer left it on disk.
    func stoppedByHand() -> Set<String> {
        struct Kept: Decodable {
            struct Wishes: Decodable {
                struct Will: Decodable { var stopped: Bool }

                var services: [String: Will]
            }

            var value: Wishes
        }
        guard let bytes = try? readWholeFile(locations.will),
            let kept = try? JSONDecoder().decode(Kept.self, from: Data(bytes))
        else { return [] }
        return Set(kept.value.services.filter(\.value.stopped).keys)
    }

    /// What runs, or what ran before the host or Hale was restarted; nil where nothing was applied or it cannot be read.
    func saved() -> ApplyRequest? {
        guard let bytes = try? readWholeFile(locations.configuration) else { return nil }
        return try? JSONDecoder().decode(ApplyRequest.self, from: Data(bytes))
    }
}
