internal import Stack

/// What stands beside `HostConfig` in the body that creates a container: what runs, as whom and with which variables.
struct ContainerBodyLowering {
    let service: Fields

    var body: ComposeMap {
        var body = ComposeMap()
        // A list without words is said, too: it clears what the image has.
        body["Cmd"] = service["command"]
        body["Entrypoint"] = service["entrypoint"]
        body["Env"] = variables
        body["WorkingDir"] = service["working_dir"]
        body["User"] = service["user"]
        body["Hostname"] = service["hostname"]
        body["Domainname"] = service["domainname"]
        body["Tty"] = service["tty"]
        body["OpenStdin"] = service["stdin_open"]
        body["AttachStdout"] = .bool(true)
        body["AttachStderr"] = .bool(true)
        body["StopSignal"] = service["stop_signal"]
        body["StopTimeout"] = service["stop_grace_period"]?.scalarText.flatMap(DurationText.parse)
            .map { .integer($0.components.seconds) }
        body["Healthcheck"] = healthcheck
        return body
    }

    /// A name without a value takes the variable away that the image sets.
    private var variables: ComposeValue? {
        let entries = (service["environment"]?.map ?? ComposeMap()).sortedByKey()
        return .unlessEmpty(entries.map { name, value in value.scalarText.map { "\(name)=\($0)" } ?? name })
    }

    private var healthcheck: ComposeValue? {
        let health = service.fields("healthcheck")
        guard health.value != nil else { return nil }
        if health["disable"] == .bool(true) { return .map(["Test": .list([.string("NONE")])]) }
        var check = ComposeMap()
        check["Test"] = health["test"]
        check["Interval"] = health.nanoseconds("interval")
        check["Timeout"] = health.nanoseconds("timeout")
        check["StartPeriod"] = health.nanoseconds("start_period")
        // The engine asks for a period in which there would be this interval.
        check["StartInterval"] = health["start_period"] == nil ? nil : health.nanoseconds("start_interval")
        check["Retries"] = health.whole("retries")
        return .unlessEmpty(check)
    }
}
