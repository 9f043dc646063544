import Control
import Platform
import Stack
import Testing

@testable import Commands

@Suite struct SamplingTests {
    private func sample(at seconds: Int64, used: Int64, memory: Int64 = 1 << 20, limit: Int64? = nil) -> InstanceSample
    {
        InstanceSample(
            time: Instant(nanoseconds: seconds * 1_000_000_000), processorTime: used, memory: memory,
            memoryLimit: limit, diskRead: nil, diskWritten: nil, processes: 2)
    }

    private func row(_ sample: InstanceSample, _ earlier: InstanceSample?) -> UsageRow {
        UsageRow(
            project: "shop", service: "web", instance: "web-1", pid: 7, sample: sample, earlier: earlier,
            machineMemory: 4 << 30)
    }

    @Test func processorTimeIsMeasuredBetweenTwoSamples() {
        let row = row(sample(at: 12, used: 4_000_000_000), sample(at: 10, used: 1_000_000_000))
        #expect(row.CPU == 150)
        #expect(row.CPUPerc == "150.00%")
    }

    @Test func timeThatWasLostWithAProcessIsNotCountedBackwards() {
        #expect(row(sample(at: 12, used: 1), sample(at: 10, used: 5)).CPU == 0)
        #expect(row(sample(at: 10, used: 9), sample(at: 10, used: 5)).CPU == 0)
    }

    @Test func memoryIsSeenAgainstTheLimitInForce() {
        let limited = row(sample(at: 1, used: 0, memory: 64 << 20, limit: 256 << 20), nil)
        #expect(limited.MemUsage == "64 MiB / 256 MiB")
        #expect(limited.MemPerc == "25.00%")
        let free = row(sample(at: 1, used: 0, memory: 1 << 30), nil)
        #expect(free.MemUsage == "1 GiB / 4 GiB")
        #expect(free.MemPerc == "25.00%")
    }

    @Test func whatIsNotKnownIsLeftOut() throws {
        let row = row(sample(at: 1, used: 0), nil)
        #expect(row.BlockIO == nil)
        #expect(!(try row.json.contains("BlockIO")))
        #expect(UsageRow.table([row]).rows.first?.map(\.text)[4] == "-")
    }

    @Test func callsAreThoseOfTheGateway() throws {
        let traffic = TrafficStatus(windowSeconds: 60, calls: 12, failed: 3, p50: 0.00042, p95: 0.035, p99: 1.25)
        let row = UsageRow(
            project: "shop", service: "web", instance: "web-1", pid: 7, sample: sample(at: 1, used: 0), earlier: nil,
            machineMemory: 4 << 30, traffic: traffic)
        #expect(UsageRow.table([row]).rows.first?.map(\.text).suffix(4) == ["12", "0.42 ms", "35 ms", "1.3 s"])
        #expect(try row.json.contains(#""Calls":12"#))
        #expect(row.Calls == 12 && row.FailedCalls == 3 && row.P99 == 1.25)
    }

    @Test func thisProcessIsFoundAndMeasured() throws {
        let own = try #require(InstanceSample.read(root: ProcessFacts.own, keeper: nil))
        #expect(own.processes >= 1)
        #expect(own.memory > 1 << 20)
        #expect(ProcessTree.pids(of: ProcessFacts.own, keeper: nil).first == ProcessFacts.own)
    }

    @Test func aProcessThatIsGoneHasNoSample() {
        // No pid is as large as that (/proc/sys/kernel/pid_max is at most 2^22).
        #expect(InstanceSample.read(root: 1 << 23, keeper: nil) == nil)
    }

    @Test(arguments: [(0.4, "00:00:00"), (67, "00:01:07"), (360_000, "100:00:00"), (-1, "00:00:00")])
    func timesAreWrittenAsByPs(seconds: Double, text: String) {
        #expect(ProcessRow.clock(seconds) == text)
    }

    @Test func aRowOfTopHasOneLine() {
        let usage = ProcessUsage(
            pid: 7, parent: 1, user: 0, ownTime: 2_000_000_000, startedAt: 0, resident: 2_048, command: "sh -c a\nb")
        let row = ProcessRow(usage, service: "web", instance: "web-1", user: "root", now: 8_000_000_000)
        #expect(row.CPU == 25)
        #expect(
            ProcessRow.table([row]).rows.first?.map(\.text) == [
                "web-1", "7", "1", "root", "00:00:02", "25.0", "2 KiB", "sh -c a b",
            ])
    }
}
