internal import KeeperLink
internal import Platform
internal import Stack
internal import Wire

/// Gives the keeper the listening sockets that a service manager opened.
struct SocketHandover {
    let manager: ServiceManager
    let connection: HaleConnection
    let console: Console

    /// Hands over those that `stack` wants, and names the others.
    func run(for stack: Stack) {
        let wanted = manager.sockets.filter { $0.isWanted(by: stack) }
        for socket in manager.sockets where !socket.isWanted(by: stack) {
            console.note(
                "hale: the socket \(socket.description) of the service manager is not used: the stack publishes no "
                    + "such TCP port")
        }
        guard !wanted.isEmpty else { return }
        do {
            let keeper = try KeeperClient(
                reactor: Reactor(), locations: connection.locations, role: .keeper)
            for socket in wanted {
                guard let address = socket.address else { continue }
                let request = ListenRequest(
                    key: "passed \(socket.description)", address: address.host, port: address.port, owner: .keeper)
                keeper.send(.listen(request), descriptor: socket.descriptor)
            }
        } catch {
            console.note("hale: the sockets of the service manager cannot be handed to the keeper: \(error)")
        }
    }
}
