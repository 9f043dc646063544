import Glibc
import Platform
import Stack
import Testing
import Wire

@testable import Keeper

@Suite struct SpawnTests {
    @Test func codesAndSignalsAreTold() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            #expect(rig.end(of: rig.start("exit 0")) == .init(status: .code(0)))
            #expect(rig.end(of: rig.start("exit 42")) == .init(status: .code(42)))
            #expect(rig.end(of: rig.start("kill -SEGV $$")) == .init(status: .signal(SIGSEGV)))
            rig.shutDown()
        }
    }

    @Test func aProcessHasWhatItWasGivenAndNothingElse() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let script = """
                pwd; readlink /proc/self/fd/0; echo $GREETING; ulimit -n; umask
                ls /proc/self/fd | wc -l
                grep -E 'SigBlk|SigIgn' /proc/$$/status | cut -f2 | sort -u
                [ "$(ps -o sid= -p $$)" -eq $$ ] && echo leads
                """
            let process = rig.start(script, kind: .probe) {
                $0.environment.append("GREETING=hello there")
                $0.workingDirectory = "/usr"
                $0.limits = [RawLimit(resource: 7, soft: 77, hard: 99)]
            }
            let lines = rig.end(of: process)?.output.split(separator: "\n").map(String.init)
            // Standard input, output and error, and the folder that ls reads.
            #expect(
                lines == ["/usr", "/dev/null", "hello there", "77", "0022", "4", "0000000000000000", "leads"])
            rig.shutDown()
        }
    }

    @Test func noSignalIsIgnoredAsTheKeeperIgnoresIt() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            for number in [SIGPIPE, SIGHUP] { signal(number, SIG_IGN) }
            // One is born in its cgroup where there is one, and the other is not.
            for cgroup in [nil, CgroupRequest(path: "rig-\(getpid())/ignorant", memory: 64 << 20)] {
                let process = rig.start("grep SigIgn /proc/$$/status | cut -f2", kind: .probe, cgroup: cgroup)
                #expect(rig.end(of: process)?.output == "0000000000000000\n")
            }
            rig.shutDown()
        }
    }

    @Test(.enabled(if: ProcessFacts.isRoot))
    func aProcessRunsAsItsUser() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let process = rig.start("id -u; id -g; id -G; echo x > /dev/stdout") {
                $0.credentials = Credentials(user: 65_534, group: 65_533, supplementary: [4, 24])
            }
            #expect(rig.end(of: process)?.status == .code(0))
            // The FIFO is its own, so that it may open /dev/stdout anew.
            #expect(rig.log().map { String($0.dropFirst(40)) } == ["65534", "65533", "65533 4 24", "x"])
            rig.shutDown()
        }
    }

    @Test func whatFailsBeforeTheProgramRunsIsTold() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            func reason(_ change: (inout SpawnRequest) -> Void) -> String? {
                let process = rig.start("true", change: change)
                var text: String?
                rig.healer?.wait { event in
                    guard case .spawnFailed(process, let reason) = event else { return false }
                    text = reason
                    return true
                }
                return text
            }
            #expect(
                reason { $0.arguments = ["no-such-program"] }
                    == "cannot run no-such-program: no such file or directory")
            #expect(reason { $0.arguments = ["/etc/passwd"] } == "cannot run /etc/passwd: permission denied")
            #expect(reason { $0.arguments = [] } == "there is no program to run")
            #expect(
                reason { $0.workingDirectory = "/no/such" } == "cannot start sh in /no/such: no such file or directory")
            #expect(
                reason { $0.limits = [RawLimit(resource: 7, soft: 100, hard: 10)] }
                    == "cannot set the ulimit nofile of sh: invalid argument")
            try writeFileAtomically(Array("echo hello".utf8), to: rig.folder + "/script", mode: 0o755)
            // No shell is asked for, so none is guessed.
            #expect(reason { $0.arguments = [rig.folder + "/script"] }?.hasSuffix("exec format error") == true)
            rig.shutDown()
        }
    }

    @Test func anInstanceNeverHasTwoProcesses() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let first = rig.start("exec sleep 1000")
            let second = rig.start("exec sleep 1000")
            #expect(rig.pid(of: first) != nil)
            let refused = rig.healer?.take { if case .spawnFailed(second, _) = $0 { true } else { false } }
            #expect(refused != nil)
            rig.send(.signal(process: first, signal: SIGTERM, scope: .process))
            #expect(rig.end(of: first)?.status == .signal(SIGTERM))
            rig.shutDown()
        }
    }

    @Test func nothingIsLeftOpenAfterAThousandProcesses() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            _ = rig.end(of: rig.start("true"))
            _ = rig.end(of: rig.start("true", kind: .probe))
            let before = namesInFolder("/proc/self/fd").count
            for number in 0..<1_000 {
                let end = rig.end(of: rig.start("exit 7", kind: number.isMultiple(of: 2) ? .service : .probe))
                #expect(end?.status == .code(7))
            }
            #expect(namesInFolder("/proc/self/fd").count == before)
            #expect(rig.turn { namesInFolder(rig.locations.children).isEmpty })
            rig.shutDown()
        }
    }
}
