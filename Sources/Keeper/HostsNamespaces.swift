internal import CLinux
internal import Glibc
internal import Platform

/// Mount namespaces in which /etc/hosts is a file of Hale's, one for each such file.
///
/// A namespace is made before its first process and kept for those that follow: to enter one costs a few microseconds, while
/// to make one copies every mount of the machine, and the end of the last process of one that nobody keeps waits until
/// every processor has been elsewhere once.
final class HostsNamespaces {
    private struct Namespace {
        let descriptor: Int32
        /// What was found at the path when that was mounted.
        var file: FileIdentity?
    }

    /// A process of an earlier keeper's, with its file.
    struct Adopted {
        var pid: Int32
        var path: String
    }

    private static let place = "/etc/hosts"

    private var namespaces: [String: Namespace] = [:]
    /// The host's own file. Replaced by another (rename(2)), it takes with it what was mounted on it elsewhere.
    private var host: FileVersion?
    /// By pid, the files for which an adopted process was last seen to: nobody saw what happened while there was no keeper.
    private var adoptedFor: [Int32: Files] = [:]

    private struct Files: Equatable {
        var host: FileVersion?
        var own: FileIdentity
    }

    init() {
        host = FileVersion(Self.place)
    }

    deinit { for namespace in namespaces.values { close(namespace.descriptor) } }

    /// The namespace with the file at `path`, made where there is none yet; `isApart` says that what runs in it has a network
    /// of its own.
    func descriptor(for path: String, isApart: Bool) throws(SystemError) -> Int32 {
        guard let file = FileIdentity(path) else { throw SystemError(code: ENOENT, attempt: "open \(path)") }
        if let known = namespaces[path] {
            if known.file != file { try renew(path, file) }
            return known.descriptor
        }
        let descriptor = try Self.make(for: path, isApart: isApart)
        namespaces[path] = Namespace(descriptor: descriptor, file: file)
        return descriptor
    }

    /// A namespace with the file at `path` that lives for as long as the descriptor, which is the caller's, or a process
    /// in it.
    static func make(for path: String, isApart: Bool) throws(SystemError) -> Int32 {
        var resolver: String?
        if isApart, case .other(let file) = ResolverFile.choice() { resolver = file }
        let result = hale_make_mounts(path, place, resolver)
        try check(result)
        return result.descriptor
    }

    /// Mounts again what is not mounted any more, because somebody replaced the host's file or removed those of Hale's, and
    /// closes namespaces whose file is gone for good.
    func look(at adopted: [Adopted], isInUse: (String) -> Bool) {
        let present = FileVersion(Self.place)
        let isReplaced = present != host
        host = present
        for (path, namespace) in namespaces {
            let file = FileIdentity(path)
            guard let file else {
                if !isInUse(path) { forget(path) }
                continue
            }
            if isReplaced || namespace.file != file { attempt { () throws(SystemError) in try renew(path, file) } }
        }
        let pids = Set(adopted.map(\.pid))
        adoptedFor = adoptedFor.filter { pids.contains($0.key) }
        for process in adopted {
            guard let own = FileIdentity(process.path) else { continue }
            let files = Files(host: host, own: own)
            if adoptedFor[process.pid] == files { continue }
            adoptedFor[process.pid] = files
            attempt { () throws(SystemError) in try Self.renew(process) }
        }
    }

    private func attempt(_ renew: () throws(SystemError) -> Void) {
        do throws(SystemError) { try renew() } catch { Log.write("a service no longer finds others by name: \(error)") }
    }

    private func renew(_ path: String, _ file: FileIdentity) throws(SystemError) {
        guard let namespace = namespaces[path] else { return }
        try Self.check(hale_renew_mounts(namespace.descriptor, path, Self.place))
        namespaces[path]?.file = file
    }

    private static func renew(_ process: Adopted) throws(SystemError) {
        // One that was started without a namespace of its own must not change that of all.
        let path = "/proc/\(process.pid)/ns/mnt"
        guard let namespace = FileIdentity(path), namespace != FileIdentity("/proc/self/ns/mnt") else { return }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        try check(hale_renew_mounts(descriptor, process.path, place))
    }

    private func forget(_ path: String) {
        if let namespace = namespaces.removeValue(forKey: path) { close(namespace.descriptor) }
    }

    private static func check(_ result: hale_mounts_result) throws(SystemError) {
        let attempt =
            switch result.stage {
            case HALE_MOUNTS_PROPAGATION: "keep its mounts apart from the host's"
            case HALE_MOUNTS_BIND: "mount on \(place)"
            case HALE_MOUNTS_RESOLVER: "mount on /etc/resolv.conf"
            case HALE_MOUNTS_ENTER: "enter a mount namespace"
            case HALE_MOUNTS_ROOT: "make a mount namespace with the same root folder"
            default: "make a mount namespace"
            }
        guard result.stage.rawValue == 0 else { throw SystemError(code: result.code, attempt: attempt) }
    }
}

extension SystemError {
    /// Why a process runs without the names of other services: the same words for each.
    var namesNotice: String { "services do not find each other by name: \(self)" }
}
