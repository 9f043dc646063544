import Glibc
import Platform
import Stack
import Testing
import Wire

@testable import Keeper

@Suite(.enabled(if: ProcessFacts.isRoot, "only root may mount"))
struct NamesTests {
    @Test func aProcessFindsItsFileAndNobodyElseDoes() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let hosts = try rig.hosts("127.9.9.9 cache\n")
            let before = try readWholeFile("/etc/hosts")
            let script = "cat /etc/hosts; readlink /proc/self/ns/mnt; pwd"
            let process = rig.start(script, kind: .probe) {
                $0.hosts = hosts
                $0.workingDirectory = "/usr"
            }
            let lines = rig.end(of: process)?.output.split(separator: "\n").map(String.init) ?? []
            #expect(lines.count == 3 && lines.first == "127.9.9.9 cache" && lines.last == "/usr")
            #expect(lines.dropFirst().first?.hasPrefix("mnt:[") == true)
            #expect(try readWholeFile("/etc/hosts") == before)
            // Without a word on it a process has what the keeper has.
            let plain = rig.start("readlink /proc/self/ns/mnt", kind: .probe)
            let namespace = rig.end(of: plain)?.output.split(separator: "\n").map(String.init)
            #expect(namespace == [try rig.namespace(of: getpid())])
            #expect(namespace?.first != lines.dropFirst().first)
            rig.shutDown()
        }
    }

    @Test func aCommandBesideAnInstanceIsWhereTheInstanceIs() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let hosts = try rig.hosts("127.9.9.9 cache\n")
            let pid = try #require(rig.pid(of: rig.start("exec sleep 1000") { $0.hosts = hosts }))
            let probe = rig.start("readlink /proc/self/ns/mnt", kind: .probe) { $0.hosts = hosts }
            #expect(rig.end(of: probe)?.output == (try rig.namespace(of: pid)) + "\n")
            rig.shutDown()
        }
    }

    @Test func aChangedFileIsSeenByWhatRuns() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let hosts = try rig.hosts("127.9.9.9 cache\n")
            let seen = rig.folder + "/seen"
            let process = rig.start("until grep -q store /etc/hosts; do sleep 0.02; done; cp /etc/hosts \(seen)") {
                $0.hosts = hosts
            }
            #expect(rig.pid(of: process) != nil)
            try writeFileInPlace(Array("127.9.9.9 store\n".utf8), to: hosts)
            #expect(rig.contents(of: seen, lines: 1) == ["127.9.9.9 store"])
            rig.shutDown()
        }
    }

    @Test func aNewKeeperPutsTheNextProcessWhereTheFileIs() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let hosts = try rig.hosts("127.9.9.9 cache\n")
            #expect(rig.pid(of: rig.start("exec sleep 1000") { $0.hosts = hosts }) != nil)
            rig.leave()
            let next = try KeeperRig(folder: rig.folder)
            let probe = next.start("cat /etc/hosts", kind: .probe) { $0.hosts = hosts }
            #expect(next.end(of: probe)?.output == "127.9.9.9 cache\n")
            next.shutDown()
        }
    }

    @Test func whereTheFileCannotBeMountedAProcessRunsWithoutAndThatIsSaidOnce() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            for _ in 0..<2 {
                let process = rig.start("readlink /proc/self/ns/mnt", kind: .probe) { $0.hosts = "/no/such" }
                #expect(rig.end(of: process)?.output == (try rig.namespace(of: getpid())) + "\n")
            }
            let sentence = "services do not find each other by name: cannot open /no/such: no such file or directory"
            #expect(rig.healer?.events.filter { $0.event == .notice(sentence) }.count == 1)
            rig.shutDown()
        }
    }

    @Test func whereMountingIsForbiddenAProcessRunsWithout() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let hosts = try rig.hosts("127.9.9.9 cache\n")
            #expect(seteuid(65_534) == 0)
            let process = rig.start("readlink /proc/self/ns/mnt", kind: .probe) { $0.hosts = hosts }
            #expect(rig.end(of: process)?.output == (try rig.namespace(of: getpid())) + "\n")
            let notice = rig.healer?.take { if case .notice(let text) = $0 { text.contains("by name") } else { false } }
            #expect(
                notice?.event
                    == .notice(
                        "services do not find each other by name: cannot make a mount namespace: operation not permitted"
                    ))
            #expect(seteuid(0) == 0)
            rig.shutDown()
        }
    }

    @Test func aNewKeeperSeesToWhatAnEarlierOneStarted() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let hosts = try rig.hosts("127.9.9.9 cache\n")
            let seen = rig.folder + "/seen"
            let process = rig.start("until grep -q store /etc/hosts; do sleep 0.02; done; cp /etc/hosts \(seen)") {
                $0.hosts = hosts
            }
            #expect(rig.pid(of: process) != nil)
            rig.leave()
            removeFile(hosts)
            _ = try rig.hosts("127.9.9.9 store\n")
            let next = try KeeperRig(folder: rig.folder)
            #expect(next.contents(of: seen, lines: 1) == ["127.9.9.9 store"])
            next.shutDown()
        }
    }

    @Test func anotherFileOfTheNameIsMountedInItsPlace() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let hosts = try rig.hosts("127.9.9.9 cache\n")
            let seen = rig.folder + "/seen"
            let process = rig.start("until grep -q store /etc/hosts; do sleep 0.02; done; cp /etc/hosts \(seen)") {
                $0.hosts = hosts
            }
            #expect(rig.pid(of: process) != nil)
            // Found by the next start in it, or by the look that the keeper takes from time to time.
            removeFile(hosts)
            _ = try rig.hosts("127.9.9.9 store\n")
            #expect(rig.contents(of: seen, lines: 1) == ["127.9.9.9 store"])
            rig.shutDown()
        }
    }
}

extension KeeperRig {
    /// A file with that text that takes the place of /etc/hosts.
    func hosts(_ text: String) throws -> String {
        let path = folder + "/hosts"
        try writeFileInPlace(Array(text.utf8), to: path)
        return path
    }

    /// The mount namespace of a process.
    func namespace(of pid: Int32) throws -> String {
        var buffer = [CChar](repeating: 0, count: 100)
        let count = readlink("/proc/\(pid)/ns/mnt", &buffer, buffer.count)
        guard count > 0 else { throw SystemError.last("read the namespace of \(pid)") }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
