internal import Engines
internal import Stack

/// What an engine still has of a project that was taken down.
enum ContainerRemains {
    /// Throws where containers are left, or the engine cannot say.
    static func check(_ stack: Stack?, in session: Session) throws {
        guard let stack, let endpoint = try RuntimeChoice.present(stack, in: session).endpoint else { return }
        let left: [String]
        do throws(EngineError) {
            left = try EngineClient(endpoint).connect()
                .containers(labels: [ComposeLabels.of(project: stack.name)])
                .compactMap { $0.Names?.first.map { String($0.dropFirst()) } }
        } catch {
            throw CommandFailure(
                "Hale has ended, and what the engine has of '\(stack.name)' may be left: \(error); run 'hale up' and "
                    + "'hale down' once it is there")
        }
        guard !left.isEmpty else { return }
        throw CommandFailure(
            "the engine still has \(left.sorted().joined(separator: ", ")); 'docker rm -f' removes them")
    }
}
