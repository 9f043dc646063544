import Stack
import Testing

@testable import Compose

@Suite struct HostConfigTests {
    /// What the service says, and the one key of `HostConfig` that it becomes.
    @Test(
        arguments: [
            ("cap_add: [NET_ADMIN]", "CapAdd", ["NET_ADMIN"]), ("cap_drop: [ALL]", "CapDrop", ["ALL"]),
            ("sysctls: [net.ipv4.ip_forward=1]", "Sysctls", ["net.ipv4.ip_forward": "1"]),
            (
                "extra_hosts: ['a:10.0.0.1', 'b=host-gateway', 'c=::1']", "ExtraHosts",
                ["a:10.0.0.1", "b:host-gateway", "c:::1"]
            ),
            ("dns: 1.1.1.1", "Dns", ["1.1.1.1"]), ("dns_opt: ['ndots:2']", "DnsOptions", ["ndots:2"]),
            ("dns_search: a.example", "DnsSearch", ["a.example"]), ("init: true", "Init", true),
            ("init: false", "Init", false), ("ipc: host", "IpcMode", "host"), ("pid: host", "PidMode", "host"),
            ("ipc: shareable", "IpcMode", "shareable"), ("userns_mode: host", "UsernsMode", "host"),
            ("uts: host", "UTSMode", "host"), ("cgroup: private", "CgroupnsMode", "private"),
            ("cgroup_parent: m", "CgroupParent", "m"), ("privileged: true", "Privileged", true),
            ("read_only: true", "ReadonlyRootfs", true), ("shm_size: 1g", "ShmSize", 1_073_741_824),
            ("mem_limit: 256m", "Memory", 268_435_456), ("mem_reservation: 64m", "MemoryReservation", 67_108_864),
            ("memswap_limit: -1", "MemorySwap", -1), ("mem_swappiness: 60", "MemorySwappiness", 60),
            ("cpus: 1.5", "NanoCpus", 1_500_000_000), ("cpus: 0.1", "NanoCpus", 100_000_000),
            ("cpu_shares: 512", "CpuShares", 512), ("cpu_quota: 50000", "CpuQuota", 50_000),
            ("cpu_period: 100000", "CpuPeriod", 100_000), ("cpu_rt_runtime: 400", "CpuRealtimeRuntime", 400),
            ("cpu_rt_period: 1000", "CpuRealtimePeriod", 1_000), ("cpuset: 0-1", "CpusetCpus", "0-1"),
            ("cpu_count: 2", "CpuCount", 2), ("pids_limit: 100", "PidsLimit", 100), ("pids_limit: -1", "PidsLimit", -1),
            ("oom_kill_disable: true", "OomKillDisable", true), ("oom_score_adj: -500", "OomScoreAdj", -500),
            ("storage_opt: {size: 10G}", "StorageOpt", ["size": "10G"]), ("runtime: runsc", "Runtime", "runsc"),
            ("group_add: [audio, 44]", "GroupAdd", ["audio", "44"]), ("isolation: hyperv", "Isolation", "hyperv"),
            ("annotations: {a: b}", "Annotations", ["a": "b"]),
            (
                "tmpfs: ['/run:size=1m', /tmp]", "Tmpfs",
                ["/run": "size=1m", "/tmp": ""]
            ),
            ("device_cgroup_rules: ['c 1:3 mr']", "DeviceCgroupRules", ["c 1:3 mr"]),
            (
                "logging: {driver: local, options: {max-size: 1m}}", "LogConfig",
                ["Type": "local", "Config": ["max-size": "1m"]]
            ),
            (
                "ulimits: {core: 0, nofile: {soft: 1, hard: 2}}", "Ulimits",
                [["Name": "core", "Soft": 0, "Hard": 0], ["Name": "nofile", "Soft": 1, "Hard": 2]]
            ),
            (
                "security_opt: [no-new-privileges, 'label:disable', seccomp=unconfined]", "SecurityOpt",
                ["no-new-privileges", "label:disable", "seccomp=unconfined"]
            ),
        ] as [(String, String, ComposeValue)])
    func eachKeyHasItsWord(keys: String, word: String, value: ComposeValue) throws {
        let host = try Lowered(web: keys).host
        #expect(host[word] == value)
        #expect(host.map?.count == 4)
    }

    @Test func whatIsDeployedWins() throws {
        let host = try Lowered(
            web: """
                deploy: {resources: {limits: {cpus: "0.25", memory: 1g, pids: 7}, reservations: {memory: 512m}}}
                """
        ).host
        #expect(host["NanoCpus"] == 250_000_000)
        #expect(host["Memory"] == 1_073_741_824)
        #expect(host["MemoryReservation"] == 536_870_912)
        #expect(host["PidsLimit"] == 7)
    }

    @Test func blockDevices() throws {
        let host = try Lowered(
            web: """
                blkio_config: {weight: 300, weight_device: [{path: /dev/sda, weight: 400}],
                  device_read_bps: [{path: /dev/sda, rate: 12mb}], device_write_iops: [{path: /dev/sdb, rate: 30}]}
                """
        ).host
        #expect(host["BlkioWeight"] == 300)
        #expect(host["BlkioWeightDevice"] == [["Path": "/dev/sda", "Weight": 400]])
        #expect(host["BlkioDeviceReadBps"] == [["Path": "/dev/sda", "Rate": 12_582_912]])
        #expect(host["BlkioDeviceWriteIOps"] == [["Path": "/dev/sdb", "Rate": 30]])
        #expect(host["BlkioDeviceReadIOps"] == nil)
    }

    @Test func devices() throws {
        let host = try Lowered(
            web: """
                devices: ["/dev/fuse", "/dev/ttyUSB0:/dev/tty1:r", {source: /dev/kvm, target: /dev/kvm}, "vendor.com/gpu=all"],
                gpus: [{driver: nvidia, count: 2}],
                deploy: {resources: {reservations: {devices: [
                  {capabilities: [gpu, compute], device_ids: ["3"], options: {virtualization: "true"}}]}}}
                """
        ).host
        #expect(
            host["Devices"] == [
                ["PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm"],
                ["PathOnHost": "/dev/ttyUSB0", "PathInContainer": "/dev/tty1", "CgroupPermissions": "r"],
                ["PathOnHost": "/dev/kvm", "PathInContainer": "/dev/kvm", "CgroupPermissions": "rwm"],
            ])
        #expect(
            host["DeviceRequests"] == [
                [
                    "Capabilities": [["gpu", "compute"]], "DeviceIDs": ["3"], "Options": ["virtualization": "true"],
                ],
                ["Driver": "cdi", "DeviceIDs": ["vendor.com/gpu=all"]],
                ["Driver": "nvidia", "Count": 2, "Capabilities": [["gpu"]]],
            ])
        #expect(
            try Lowered(web: "gpus: all").host["DeviceRequests"] == [["Count": -1, "Capabilities": [["gpu"]]]])
    }

    @Test func theSystemsPathsCanBeUnmasked() throws {
        let host = try Lowered(web: "security_opt: [systempaths=unconfined]").host
        #expect(host["MaskedPaths"] == [])
        #expect(host["ReadonlyPaths"] == [])
        #expect(host["SecurityOpt"] == nil)
    }

    @Test func seccompProfilesAreReadFromTheirFiles() throws {
        let project = try TemporaryProject([
            "compose.yaml": "services: {web: {image: x, security_opt: ['seccomp:profile.json']}}",
            "profile.json": "{\n  \"defaultAction\": \"a \\\" b\",\n\t\"x\" : [1, 2]\n}\n",
        ])
        let lowered = try Lowered(try project.load())
        #expect(lowered.host["SecurityOpt"] == ["seccomp={\"defaultAction\":\"a \\\" b\",\"x\":[1,2]}"])
    }

    @Test(arguments: [
        ("security_opt: ['seccomp:missing.json']", "security_opt.0: the profile missing.json cannot be read"),
        ("security_opt: [apparmor]", "security_opt.0: expected NAME=VALUE, found 'apparmor'"),
        ("dns: [one]", "dns.0: expected an IP address, found 'one'"),
    ])
    func whatIsWrongIsSaidWithItsPlace(keys: String, complaint: String) throws {
        let said = try engineComplaint("services:\n  web:\n    image: x\n    \(keys)\n")
        #expect(said.contains("compose.yaml:4:"))
        #expect(said.contains("services.web.\(complaint)"))
    }
}
