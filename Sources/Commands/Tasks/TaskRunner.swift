internal import Control
internal import Glibc
internal import Platform
internal import Runtimes
internal import Stack
internal import Wire

/// Runs one task, or one detached command, from start to end and leaves nothing of it behind.
struct TaskRunner {
    let order: TaskOrder
    let locations: Locations
    /// Whether somebody else waits for its start, and removes its folder where there is none.
    var isDetached = false

    private var folder: TaskFolder { TaskFolder(locations: locations, name: order.name) }

    /// Returns its exit code. `onStart` is called once it runs, with its pid and what a person should know.
    func run(_ streams: Foreground.Streams, onStart: (Int32, [String]) -> Void) throws -> Int32 {
        try folder.make()
        guard let lock = try FileLock(path: folder.lock) else { throw folder.nameIsTaken }
        var hasStarted = false
        defer { cleanUp(keepingFolder: isDetached && !hasStarted) }
        return try withExtendedLifetime(lock) {
            let leases = order.isOwnCommand ? try takeVolumes() : []
            return try withExtendedLifetime(leases) {
                try start(streams) { pid, notices in
                    hasStarted = true
                    onStart(pid, notices)
                }
            }
        }
    }

    private func start(_ streams: Foreground.Streams, _ onStart: (Int32, [String]) -> Void) throws -> Int32 {
        guard let request = SpawnRequest(decoding: order.request) else {
            throw CommandFailure("the order of '\(order.name)' cannot be read", .backend)
        }
        let process = try Foreground(request, streams: streams, mark: folder.path, beside: order.beside)
        onStart(process.pid, process.notices)
        defer { process.removeTraces(isLast: FileLock.holder(of: locations.keeperLock) == nil) }
        return try process.wait()
    }

    /// First the lease, which keeps new instances from starting, then the look at those that run.
    private func takeVolumes() throws -> [FileLock] {
        let leases: [FileLock]
        do {
            leases = try VolumeLease.take(order.service, in: locations)
        } catch {
            throw CommandFailure("\(error)", .backend)
        }
        guard !leases.isEmpty else { return [] }
        let status = try HaleConnection(locations).statusIfRunning()
        let live = status?.services[order.service.name]?.instances.filter(\.isLive) ?? []
        guard live.isEmpty else {
            let volumes = order.service.launch.volumes.joined(separator: ", ")
            throw CommandFailure(
                "'\(order.service.name)' is running, and a second one would ruin its data (\(volumes)): give a COMMAND "
                    + "to run beside it, or stop it first with 'hale stop \(order.service.name)'", .backend)
        }
        return leases
    }

    private func cleanUp(keepingFolder: Bool) {
        if order.beside == nil { CommandPlanner.removeFiles(of: order.instance, in: locations) }
        if order.removesLog, let log = order.log {
            removeFile(log)
            for number in 1..<max(1, min(order.service.logging.files, 1_000)) { removeFile("\(log).\(number)") }
        }
        if !keepingFolder { folder.remove() }
    }
}

extension InstanceStatus {
    /// Whether a process of it runs or is about to.
    fileprivate var isLive: Bool {
        switch state {
        case .starting, .running, .stopping, .paused: true
        case .pending, .waiting, .backoff, .stopped, .completed, .failed, .quarantined: pid != nil
        }
    }
}
