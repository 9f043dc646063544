import Glibc
import Platform
import Stack
import Testing
import Wire

@testable import Keeper

@Suite struct OutputTests {
    @Test func linesAreStampedByStream() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            _ = rig.end(of: rig.start("echo one; echo two >&2; printf unfinished"))
            let lines = rig.log()
            #expect(Set(lines.map { $0.dropFirst(31) }) == ["stdout F one", "stderr F two", "stdout F unfinished"])
            // 2026-11-24T03:06:22.123456789Z, in which no time zone plays a part.
            let stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z std/
            #expect(lines.allSatisfy { $0.firstMatch(of: stamp) != nil })
            rig.shutDown()
        }
    }

    @Test func aLogIsPutAsideAtItsSize() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let process = rig.start("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done") {
                $0.output = .log(path: rig.locations.logs + "/job-1.log", size: 20_000, files: 3)
            }
            #expect(rig.end(of: process)?.status == .code(0))
            #expect(namesInFolder(rig.locations.logs) == ["job-1.log", "job-1.log.1", "job-1.log.2"])
            for name in namesInFolder(rig.locations.logs) {
                #expect(try readWholeFile(rig.locations.logs + "/" + name).count <= 20_000)
            }
            // What is kept is the end, without a gap.
            let numbers = rig.log().compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            #expect(numbers.last == 2_999)
            #expect(numbers == Array((numbers.first ?? 0)...2_999))
            rig.shutDown()
        }
    }

    @Test func aLogThatCannotBeWrittenStopsNobody() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            try writeFileAtomically([1], to: rig.folder + "/file")
            let process = rig.start("head -c 3000000 /dev/zero | tr '\\0' 'x'; exit 4") {
                $0.output = .log(path: rig.folder + "/file/below.log", size: 1 << 20, files: 3)
            }
            #expect(rig.end(of: process)?.status == .code(4))
            rig.shutDown()
        }
    }

    @Test(.enabled(if: ProcessFacts.isRoot))
    func aFullDiskStopsNobodyAndLeavesNoHalfLine() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let mounted = rig.folder + "/small"
            try makeFolders(mounted)
            #expect(mount("tmpfs", mounted, "tmpfs", 0, "size=64k") == 0)
            defer { umount2(mounted, Int32(MNT_DETACH)) }
            let process = rig.start("i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; exit 4") {
                $0.output = .log(path: mounted + "/job-1.log", size: 1 << 20, files: 3)
            }
            #expect(rig.end(of: process)?.status == .code(4))
            let bytes = try readWholeFile(mounted + "/job-1.log")
            let lines = bytes.split(separator: UInt8(ascii: "\n"))
            #expect(bytes.last == UInt8(ascii: "\n"))
            #expect(lines.count > 500 && lines.count < 5_000)
            #expect(lines.allSatisfy { $0.starts(with: "20".utf8) && $0.contains(UInt8(ascii: "F")) })
            rig.shutDown()
        }
    }

    @Test func aShortCommandsOutputIsBounded() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let end = rig.end(of: rig.start("head -c 1000000 /dev/zero | tr '\\0' x; echo end >&2", kind: .hook))
            #expect(end?.status == .code(0))
            #expect(end?.output == String(repeating: "x", count: 4_096))
            rig.shutDown()
        }
    }

    @Test func aLongLineIsCutIntoPieces() {
        var stamper = LineStamper(stream: "stdout")
        let text = (0..<40_000).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        let stamped = stamper.stamp(text + [UInt8(ascii: "\n")])
        let lines = stamped.split(separator: UInt8(ascii: "\n"))
        #expect(lines.map { $0[$0.startIndex + 38] } == Array("PPF".utf8))
        #expect(lines.flatMap { $0.dropFirst(40) } == text)
        #expect(stamper.finish().isEmpty)
    }

    @Test(arguments: [1, 7, 4_096, 100_000]) func whereItIsCutMakesNoDifference(chunk: Int) {
        var text: [UInt8] = []
        for length in [0, 1, 80, LineStamper.longest - 1, LineStamper.longest, LineStamper.longest + 1, 3, 0] {
            text += Array(repeating: UInt8(ascii: "x"), count: length) + [UInt8(ascii: "\n")]
        }
        var stamper = LineStamper(stream: "stdout")
        var stamped: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: chunk) {
            stamped += stamper.stamp(Array(text[start..<min(start + chunk, text.count)]))
        }
        let lines = stamped.split(separator: UInt8(ascii: "\n"))
        #expect(String(decoding: lines.map { $0[$0.startIndex + 38] }, as: UTF8.self) == "FFFFPFPFFF")
        let lengths = lines.map { $0.count - 40 }
        #expect(lengths == [0, 1, 80, 16_383, 16_384, 0, 16_384, 1, 3, 0])
    }

    @Test func aCommandThatClosesItsOutputCostsNothingUntilItEnds() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let before = clock()
            let end = rig.end(of: rig.start("echo said; exec >&- 2>&-; sleep 1", kind: .hook))
            #expect(end?.output == "said\n")
            // The keeper's own processor time, whatever the machine does besides; watching the closed pipe takes all of it.
            #expect(Double(clock() - before) / Double(CLOCKS_PER_SEC) < 0.4)
            rig.shutDown()
        }
    }

    @Test func onlyFilesThatAreThereArePutFurtherAside() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let process = rig.start("i=0; while [ $i -lt 900 ]; do echo line $i; i=$((i+1)); done") {
                $0.output = .log(path: rig.locations.logs + "/job-1.log", size: 10_000, files: 1_000_000_000)
            }
            #expect(rig.end(of: process)?.status == .code(0))
            #expect(rig.log().compactMap { $0.split(separator: " ").last.flatMap { Int($0) } } == Array(0..<900))
            rig.shutDown()
        }
    }

    @Test func bytesOfAnyKindAreKept() {
        var stamper = LineStamper(stream: "stdout")
        let stamped = stamper.stamp([0, 255, 13, 10, 10, 195])
        #expect(stamped.split(separator: 10).map { Array($0.dropFirst(40)) } == [[0, 255, 13], []])
        #expect(stamper.finish().dropFirst(40) == [195, 10])
    }
}
