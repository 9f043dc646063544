import Stack

/// Makes stacks of every shape: chains, stars, one-shots, replicas, tight and loose policies.
struct StackGenerator {
    static func stack(_ dice: inout Dice) -> (stack: Stack, habits: [String: Habits]) {
        let size = dice.once(in: 100) ? dice.number(8...30) : dice.number(1...5)
        var services: [Service] = []
        var habits: [String: Habits] = [:]
        for index in 0..<size {
            let (service, habit) = service("s\(index)", after: services, habits, &dice)
            services.append(service)
            habits[service.name] = habit
        }
        return (
            Stack(
                name: "world", directory: "/", services: services, restartConcurrency: dice.number(1...4)), habits
        )
    }

    static func service(
        _ name: String, after others: [Service], _ habits: [String: Habits], _ dice: inout Dice
    ) -> (Service, Habits) {
        var habit = Habits(boot: dice.milliseconds(0...400))
        let isOneShot = dice.once(in: 6)
        var service = Service(
            name: name, replicas: dice.once(in: 6) ? dice.number(2...3) : 1,
            launch: LaunchSpecification(command: [name], volumes: dice.once(in: 3) ? ["data"] : []))
        service.stop = StopPolicy(grace: dice.milliseconds(100...4_000))
        service.restart = policy(&dice)
        if isOneShot {
            habit.work = dice.milliseconds(1...500)
            service.restart.condition = dice.pick([.no, .onFailure, .unlessStopped]) ?? .no
        } else if !dice.once(in: 4) {
            service.check = check(&dice)
        }
        if !isOneShot, dice.once(in: 8) { service.launch.notify = true }
        if !isOneShot, service.check == nil, dice.once(in: 4) {
            service.launch.watchdog = dice.milliseconds(600...2_000)
        }
        if dice.once(in: 8) { service.hooks.postStart = [.init(command: ["hook"])] }
        if dice.once(in: 8) { service.hooks.preStop = [.init(command: ["hook"])] }
        for other in others where dice.once(in: max(2, others.count)) {
            service.dependencies.append(dependency(on: other, isOneShot: habits[other.name]?.work != nil, &dice))
        }
        // Who is asked before it can answer, and convicted by one failure, could never become well.
        if service.check != nil { habit.boot = dice.milliseconds(0...90) }
        if !dice.once(in: 3) {
            service.update = updatePolicy(&dice)
            service.rollback = updatePolicy(&dice)
        }
        if dice.once(in: 4) { service.drain = dice.milliseconds(0...2_000) }
        habit.checksThrough = service.check != nil && dice.once(in: 2)
        habit.diesWithoutDependencies = dice.once(in: 5)
        if dice.once(in: 10) { habit.farewell = nil }
        return (service, habit)
    }

    private static func dependency(on other: Service, isOneShot: Bool, _ dice: inout Dice) -> Dependency {
        var dependency = Dependency(other.name, restart: dice.once(in: 4), required: !dice.once(in: 5))
        if isOneShot {
            dependency.condition = .completedSuccessfully
        } else if other.check != nil, !dice.once(in: 3) {
            dependency.condition = .healthy
        }
        return dependency
    }

    static func updatePolicy(_ dice: inout Dice) -> UpdatePolicy {
        UpdatePolicy(
            order: dice.once(in: 2) ? .startFirst : .stopFirst, parallelism: dice.number(0...2),
            delay: dice.once(in: 2) ? .zero : dice.milliseconds(0...1_000), monitor: dice.milliseconds(0...1_500),
            failureAction: dice.pick(UpdatePolicy.FailureAction.allCases) ?? .pause,
            maximumFailureRatio: dice.once(in: 3) ? 0.5 : 0)
    }

    static func check(_ dice: inout Dice) -> HealthCheck {
        let confirm: Duration? = dice.once(in: 3) ? nil : dice.milliseconds(50...1_000)
        let probe: Probe =
            dice.once(in: 12)
            ? .heartbeat(every: dice.milliseconds(600...2_000))
            : dice.once(in: 3) ? .command(["true"]) : dice.once(in: 4) ? .tcp(port: 80) : .http(HTTPProbe(port: 80))
        return HealthCheck(
            probe: probe, interval: dice.milliseconds(200...3_000), timeout: dice.milliseconds(100...1_000),
            startPeriod: dice.once(in: 2) ? .zero : dice.milliseconds(100...2_000),
            startInterval: dice.milliseconds(100...1_000), retries: dice.number(1...4), confirm: confirm)
    }

    static func policy(_ dice: inout Dice) -> RestartPolicy {
        var policy = RestartPolicy(
            condition: dice.pick([.no, .onFailure, .always, .unlessStopped, .unlessStopped]) ?? .always,
            backoff: dice.milliseconds(10...500), cap: dice.milliseconds(500...3_000),
            resetAfter: dice.milliseconds(500...8_000), budget: dice.number(1...5),
            budgetWindow: dice.milliseconds(2_000...30_000), release: dice.milliseconds(1_000...10_000),
            maximumReleases: dice.number(0...3))
        if dice.once(in: 8) { policy.maximumAttempts = dice.number(1...4) }
        if dice.once(in: 8) { policy.delay = dice.milliseconds(0...1_000) }
        if dice.once(in: 8) { policy.window = dice.milliseconds(100...3_000) }
        return policy
    }
}
