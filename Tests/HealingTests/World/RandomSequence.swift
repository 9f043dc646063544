import Healing
import Stack

/// One sequence from its seed: trouble for a while, then healing.
struct RandomSequence {
    private var world: World

    init(seed: UInt64, isLogging: Bool = false) {
        world = World(seed: seed, isLogging: isLogging)
    }

    func run() -> World {
        var world = world
        for _ in 0..<world.dice.number(1...7) where world.violations.isEmpty {
            world.run(for: world.dice.milliseconds(0...1_500))
            if world.violations.isEmpty { world.disturb() }
        }
        world.heal()
        converge(&world)
        if world.violations.isEmpty, world.dice.once(in: 20) { replay(&world) }
        return world
    }

    private func converge(_ world: inout World) {
        let end = world.now + Convergence.bound
        var step = Duration.milliseconds(500)
        while world.violations.isEmpty, world.now < end {
            world.run(for: step)
            if Convergence.stuck(world).isEmpty, IncidentOracle.unfinished(world).isEmpty { return }
            step = min(step + step, .seconds(30))
        }
        guard world.violations.isEmpty else { return }
        world.violations += Convergence.stuck(world).map { "law 6: still not well: \($0)" }
        world.violations += IncidentOracle.unfinished(world)
    }

    /// Law 8: told the same once more, a new engine decides the same.
    private func replay(_ world: inout World) {
        guard !world.haleWasRestarted else { return }
        var engine = Engine(seed: world.seed)
        for (event, at, answer) in world.dialogue where engine.handle(event, at: at) != answer {
            world.violations.append("law 8: a replay decides otherwise at \(at.milliseconds) ms on \(event)")
            return
        }
    }
}
