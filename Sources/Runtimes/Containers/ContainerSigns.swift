internal import Stack

/// What was seen of containers and belongs to what is to be seen next: who meant a kill, what came too early, what could not be
/// sent.
struct ContainerSigns {
    /// An end that was told before the start.
    struct EarlyEnd {
        var exitCode: Int?
        var time: Int64
    }

    /// Containers that Hale itself has sent a signal to.
    private var ownKills: Set<String> = []
    /// When somebody else has asked containers to stop, which may be one half of `docker stop`: nanoseconds since 1970.
    private var stopsOfOthers: [String: Int64] = [:]
    /// What Hale itself has asked for and was not told of yet, in order: frozen or not.
    private var ownFreezes: [String: [Bool]] = [:]
    /// Containers that have ended and may be stopped by a person, with their exit codes.
    private var awaitedStops: [String: Int?] = [:]
    /// Containers of which it was told that they were stopped, but not yet that they have ended.
    private var stopped: Set<String> = []
    /// When the kernel last ended a process of a container for want of memory, in nanoseconds since 1970.
    private var outOfMemory: [String: Int64] = [:]
    private var earlyEnds: [String: EarlyEnd] = [:]
    private var postponed: [InstanceID: (run: Int, signal: Int32)] = [:]

    mutating func expectKill(of container: String) { ownKills.insert(container) }

    /// Takes a signal that a container got.
    mutating func noteKill(of container: String, signal: Int32?, time: Int64) {
        // `docker stop` begins with the container's stop signal, which SIGKILL is not.
        guard let signal, signal != 9, !ownKills.contains(container) else { return }
        stopsOfOthers[container] = time
    }

    /// When somebody else has begun to stop it; nil where nobody has.
    func stopByOthers(_ container: String) -> Int64? { stopsOfOthers[container] }

    /// That it was stopped by a person may be told yet.
    mutating func awaitStop(of container: String, code: Int?) { awaitedStops[container] = .some(code) }

    /// Takes that a container was stopped, which an engine may tell before the end itself.
    mutating func noteStop(of container: String) { stopped.insert(container) }

    /// Whether its end is to be told at once: it is known who has stopped it.
    func wasStopped(_ container: String) -> Bool { stopped.contains(container) }

    /// Whether it has ended though that was not told yet.
    func hasEnded(_ container: String) -> Bool { wasStopped(container) || awaitedStops[container] != nil }

    /// The exit code of a container whose stop was awaited; nil where none was.
    mutating func takeAwaitedStop(of container: String) -> Int?? { awaitedStops.removeValue(forKey: container) }

    mutating func expectFreeze(of container: String, _ frozen: Bool) {
        ownFreezes[container, default: []].append(frozen)
    }

    /// Takes a freeze or thaw; whether Hale itself had asked for it.
    mutating func isOwnFreeze(of container: String, _ frozen: Bool) -> Bool {
        guard let place = ownFreezes[container]?.firstIndex(of: frozen) else { return false }
        // What was asked for before and is not told of was so already.
        ownFreezes[container]?.removeFirst(place + 1)
        return true
    }

    /// Whether that is new: the kernel may say so of several processes.
    mutating func noteOutOfMemory(_ container: String, at time: Int64) -> Bool {
        let isNew = outOfMemory[container].map { time &- $0 > Self.memoryWindow } ?? true
        outOfMemory[container] = time
        return isNew
    }

    /// Whether an end at that time is for want of memory.
    func wasOutOfMemory(_ container: String, at time: Int64) -> Bool {
        outOfMemory[container].map { abs(time &- $0) < Self.memoryWindow } ?? false
    }

    /// Nanoseconds in which an end follows from the end of one process.
    private static let memoryWindow: Int64 = 5_000_000_000

    mutating func noteEarlyEnd(of container: String, _ end: EarlyEnd) { earlyEnds[container] = end }

    /// Forgets ends that came early, as nobody waits for a start any more.
    mutating func forgetEarlyEnds() { earlyEnds = [:] }

    /// The end of a container that was started at that time or before.
    mutating func takeEarlyEnd(of container: String, since start: Int64) -> EarlyEnd? {
        guard let end = earlyEnds.removeValue(forKey: container), end.time >= start else { return nil }
        return end
    }

    /// Forgets what belongs to an earlier start of a container; an end that came early stays.
    mutating func forget(_ container: String) {
        ownKills.remove(container)
        stopsOfOthers[container] = nil
        ownFreezes[container] = nil
        awaitedStops[container] = nil
        stopped.remove(container)
        outOfMemory[container] = nil
    }

    mutating func postpone(_ signal: Int32, for instance: InstanceID, run: Int) {
        // SIGKILL is not taken back by what came before it.
        if let present = postponed[instance], present.run == run, present.signal == 9 { return }
        postponed[instance] = (run, signal)
    }

    mutating func takePostponed() -> [(InstanceID, Int, Int32)] {
        defer { postponed = [:] }
        return postponed.map { ($0.key, $0.value.run, $0.value.signal) }.sorted { $0.0 < $1.0 }
    }
}
