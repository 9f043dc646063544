internal import Stack

/// A command in a container, as the engine has it.
public struct CommandDetails: Decodable, Sendable {
    /// Whether it runs still.
    public var Running: Bool
    /// How it ended; nil before.
    public var ExitCode: Int?
    /// Its first process, as the engine's machine counts.
    public var Pid: Int32?
}

extension EngineSession {
    /// Prepares a command in a container, with variables on top of the container's, and as its user in its folder unless said; the
    /// identifier of it. What it prints is kept for whoever starts it only where it is `attached`.
    public func createCommand(
        in id: String, _ words: [String], user: String? = nil, folder: String? = nil,
        environment: [String: String] = [:], attached: Bool = true
    ) throws(EngineError) -> String {
        struct Created: Decodable { var Id: String }
        var body: JSONValue = [
            "Cmd": .list(words.map { .text($0) }), "AttachStdout": .boolean(attached),
            "AttachStderr": .boolean(attached),
        ]
        if let user { body["User"] = .text(user) }
        if let folder { body["WorkingDir"] = .text(folder) }
        if !environment.isEmpty {
            body["Env"] = .list(environment.sorted { $0.key < $1.key }.map { .text("\($0.key)=\($0.value)") })
        }
        let created: Created = try decode(try send("POST", "/containers/\(id)/exec", body: EngineBody(body)))
        return created.Id
    }

    /// Starts such a command and leaves it to itself.
    public func startDetached(_ command: String) throws(EngineError) {
        try send(
            "POST", "/exec/\(command)/start", body: EngineBody(["Detach": true])
        )
    }

    /// Starts such a command, and hands on what it prints, with whether that is an error's, until it ends or `body` returns false.
    public func startCommand(
        _ command: String, timeout: Duration?, _ body: @escaping ([UInt8], Bool) -> Bool
    ) throws(EngineError) {
        var frames = OutputFrames()
        try stream(
            "POST", "/exec/\(command)/start", body: EngineBody(["Detach": false, "Tty": false]), timeout: timeout
        ) { bytes in
            frames.take(bytes).allSatisfy { body($0.bytes, $0.isError) }
        }
    }

    /// What has become of such a command.
    public func command(_ command: String) throws(EngineError) -> CommandDetails {
        try get("/exec/\(command)/json")
    }
}

/// Cuts what containers print into the pieces that the engine wraps in frames: eight bytes, of which the first says which
/// stream and the last four how long, then the piece.
///
/// - Source: Docker Engine API reference, "Attach to a container", stream format.
struct OutputFrames {
    struct Piece: Equatable {
        var isError: Bool
        var bytes: [UInt8]
    }

    private static let header = 8
    private static let longest = 16 << 20
    private var rest: [UInt8] = []

    /// The pieces that are whole now.
    mutating func take(_ bytes: [UInt8]) -> [Piece] {
        rest += bytes
        var pieces: [Piece] = []
        var start = 0
        while rest.count - start >= Self.header {
            let length = rest[(start + 4)..<(start + 8)].reduce(0) { $0 << 8 | Int($1) }
            // No engine sends that: what follows cannot be told apart.
            guard length <= Self.longest else {
                rest = []
                return pieces
            }
            guard rest.count - start - Self.header >= length else { break }
            let end = start + Self.header + length
            pieces.append(Piece(isError: rest[start] == 2, bytes: Array(rest[(start + Self.header)..<end])))
            start = end
        }
        rest.removeFirst(start)
        return pieces
    }
}
