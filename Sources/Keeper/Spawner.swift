internal import CLinux
internal import Glibc
internal import Platform
internal import Wire

/// A process that was made: its pid, and a descriptor that stays its own when the pid is given to another.
struct SpawnedProcess {
    var pid: Int32
    var pidfd: Int32
    /// Whether it is in the cgroup that it was meant for.
    var isInCgroup = false
    /// Sentences about limits that it runs without.
    var notices: [String] = []
}

/// Why a process could not be made, in a sentence.
struct SpawnFailure: Error {
    var reason: String
    /// errno of execve(2), where it was the program itself that could not be run.
    var programCode: Int32?
}

/// Makes processes. Between clone and exec only C runs.
enum Spawner {
    /// Where the three standard streams go.
    struct Streams {
        var input: Int32
        var output: Int32
        var error: Int32
        /// Whether the input is a terminal that is to be the process's own.
        var isTerminal = false
    }

    /// What a process has in common with others beyond what its request says.
    struct Bonds {
        /// Open cgroup.procs files that it joins.
        var entrances: [Int32] = []
        /// Whether it is killed when the thread that makes it ends.
        var endsWithParent = false
        /// The mount namespace that it is in; -1 is this process's own.
        var mounts: Int32 = -1
    }

    /// Makes the process of `request`. `path` is what to run where that is not to be found by the first argument.
    static func spawn(
        _ request: SpawnRequest, path: String? = nil, environment: [String], streams: Streams, cgroup: Cgroup?,
        bonds: Bonds = Bonds()
    ) throws(SpawnFailure) -> SpawnedProcess {
        try spawn(
            PreparedSpawn(request, path: path, environment: environment), streams: streams, cgroup: cgroup,
            bonds: bonds)
    }

    /// Makes a process that was prepared.
    static func spawn(
        _ prepared: PreparedSpawn, streams: Streams, cgroup: Cgroup?, bonds: Bonds = Bonds()
    ) throws(SpawnFailure) -> SpawnedProcess {
        let request = prepared.request
        guard let program = request.arguments.first, !program.isEmpty else {
            throw SpawnFailure(reason: "there is no program to run")
        }
        let network = try openNetwork(request)
        defer { if network >= 0 { close(network) } }
        let result = call(prepared, streams: streams, cgroup: cgroup, bonds: bonds, network: network)
        guard result.stage.rawValue == 0 else { throw failure(result, request) }
        return SpawnedProcess(
            pid: result.pid, pidfd: result.pidfd, isInCgroup: cgroup != nil && result.cgroup_code == 0,
            notices: notices(result))
    }

    /// The network namespace of the request; -1 is this process's own.
    private static func openNetwork(_ request: SpawnRequest) throws(SpawnFailure) -> Int32 {
        guard let path = request.network else { return -1 }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor < 0 else { return descriptor }
        throw SpawnFailure(reason: SystemError.last("open the network namespace \(path)").description)
    }

    private static func call(
        _ prepared: PreparedSpawn, streams: Streams, cgroup: Cgroup?, bonds: Bonds, network: Int32
    ) -> hale_spawn_result {
        let request = prepared.request
        let limits = request.limits.map { hale_limit(resource: $0.resource, soft: $0.soft, hard: $0.hard) }
        let groups = request.credentials?.supplementary ?? []
        return limits.withUnsafeBufferPointer { limits in
            groups.withUnsafeBufferPointer { groups in
                ((cgroup?.joinDescriptors ?? []) + bonds.entrances).withUnsafeBufferPointer { cgroups in
                    var plain = hale_spawn_request()
                    plain.candidates = UnsafeRawPointer(prepared.candidates.pointers).assumingMemoryBound(
                        to: UnsafePointer<CChar>?.self)
                    plain.arguments = UnsafePointer(prepared.arguments.pointers)
                    plain.environment = UnsafePointer(prepared.environment.pointers)
                    plain.folder = UnsafePointer(prepared.folder)
                    plain.input = streams.input
                    plain.output = streams.output
                    plain.error = streams.error
                    plain.terminal = streams.isTerminal ? 1 : 0
                    plain.ends_with_parent = bonds.endsWithParent ? 1 : 0
                    plain.change_user = request.credentials == nil ? 0 : 1
                    plain.user = request.credentials?.user ?? 0
                    plain.group = request.credentials?.group ?? 0
                    plain.groups = groups.baseAddress
                    plain.group_count = groups.count
                    plain.limits = limits.baseAddress
                    plain.limit_count = limits.count
                    plain.cgroup = cgroup?.birthplace ?? -1
                    plain.cgroups = cgroups.baseAddress
                    plain.cgroup_count = cgroups.count
                    plain.mounts = bonds.mounts
                    plain.network = network
                    plain.ignored = prepared.ignoredSignals
                    return withExtendedLifetime(prepared) { hale_spawn(&plain) }
                }
            }
        }
    }

    private static func failure(_ result: hale_spawn_result, _ request: SpawnRequest) -> SpawnFailure {
        let program = request.arguments.first ?? ""
        let attempt =
            switch result.stage {
            case HALE_SPAWN_STREAMS: "set up standard output of \(program)"
            case HALE_SPAWN_LIMIT: "set the ulimit \(limitName(result.resource)) of \(program)"
            case HALE_SPAWN_USER: "run \(program) as user \(request.credentials?.user ?? 0)"
            case HALE_SPAWN_FOLDER: "start \(program) in \(request.workingDirectory)"
            case HALE_SPAWN_NETWORK: "enter the network namespace \(request.network ?? "") for \(program)"
            case HALE_SPAWN_EXECUTE: "run \(program)"
            default: "make a process for \(program)"
            }
        return SpawnFailure(
            reason: SystemError(code: result.code, attempt: attempt).description,
            programCode: result.stage == HALE_SPAWN_EXECUTE ? result.code : nil)
    }

    private static func notices(_ result: hale_spawn_result) -> [String] {
        var notices: [String] = []
        if result.cgroup_code != 0 {
            let error = SystemError(code: result.cgroup_code, attempt: "join a cgroup")
            notices.append("memory, CPU and process limits are not enforced: \(error)")
        }
        if result.mounts_code != 0 {
            notices.append(SystemError(code: result.mounts_code, attempt: "enter a mount namespace").namesNotice)
        }
        for resource in Int32(0)..<64 where result.clamped_limits >> UInt64(resource) & 1 == 1 {
            notices.append(
                "the ulimit \(limitName(resource)) is lower than asked for: only root may raise a hard limit")
        }
        return notices
    }

    /// As Compose's `ulimits` and setrlimit(2) call it.
    private static func limitName(_ resource: Int32) -> String {
        let names = [
            "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending",
            "msgqueue", "nice", "rtprio", "rttime",
        ]
        return names.indices.contains(Int(resource)) ? names[Int(resource)] : "\(resource)"
    }
}
