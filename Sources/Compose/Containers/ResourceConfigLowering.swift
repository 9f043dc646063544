/// What a container may use of the host; `deploy.resources` wins over the service's own keys.
struct ResourceConfigLowering {
    let service: Fields

    func apply(to host: inout ComposeMap) {
        let resources = service.fields("deploy").fields("resources")
        let limits = resources.fields("limits")
        host["Memory"] = limits.amount("memory") ?? service.amount("mem_limit")
        host["MemoryReservation"] =
            resources.fields("reservations").amount("memory") ?? service.amount("mem_reservation")
        host["NanoCpus"] = nanoProcessors(limits["cpus"]) ?? nanoProcessors(service["cpus"])
        host["PidsLimit"] = limits.amount("pids") ?? service.amount("pids_limit")
        host["CpusetCpus"] = service["cpuset"]
        host["CgroupParent"] = service["cgroup_parent"]
        host["OomKillDisable"] = service["oom_kill_disable"]
        for (key, word) in Self.amounts { host[word] = service.amount(key) }
        host["Ulimits"] = .unlessEmpty(
            (service["ulimits"]?.map ?? ComposeMap()).sortedByKey().map { .map(limit($0, $1)) })
        readBlockDevices(into: &host)
    }

    private static let amounts = [
        ("memswap_limit", "MemorySwap"), ("mem_swappiness", "MemorySwappiness"), ("shm_size", "ShmSize"),
        ("cpu_count", "CpuCount"), ("cpu_percent", "CpuPercent"), ("cpu_period", "CpuPeriod"),
        ("cpu_quota", "CpuQuota"), ("cpu_rt_period", "CpuRealtimePeriod"), ("cpu_rt_runtime", "CpuRealtimeRuntime"),
        ("cpu_shares", "CpuShares"),
    ]

    private func nanoProcessors(_ value: ComposeValue?) -> ComposeValue? {
        value?.number.flatMap { Int64(exactly: ($0 * 1e9).rounded()) }.map(ComposeValue.integer)
    }

    private func limit(_ name: String, _ value: ComposeValue) -> ComposeMap {
        let both = value.whole ?? 0
        return [
            "Name": .string(name), "Soft": .integer(value["soft"]?.whole ?? both),
            "Hard": .integer(value["hard"]?.whole ?? both),
        ]
    }

    private func readBlockDevices(into host: inout ComposeMap) {
        let devices = service.fields("blkio_config")
        host["BlkioWeight"] = devices.amount("weight")
        let lists = [
            ("weight_device", "BlkioWeightDevice"), ("device_read_bps", "BlkioDeviceReadBps"),
            ("device_read_iops", "BlkioDeviceReadIOps"), ("device_write_bps", "BlkioDeviceWriteBps"),
            ("device_write_iops", "BlkioDeviceWriteIOps"),
        ]
        for (key, word) in lists {
            host[word] = .unlessEmpty(
                devices.items(key).map { item in
                    var device = ComposeMap()
                    device["Path"] = item["path"]
                    device["Weight"] = item.whole("weight")
                    device["Rate"] = item.whole("rate")
                    return .map(device)
                })
        }
    }
}
