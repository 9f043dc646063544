import Stack
import Testing

@testable import Compose

@Suite struct UpdateSettingsTests {
    private func web(_ rest: String) throws -> Service {
        try #require(try load("services: {web: {image: x, \(rest)}}").stack().services["web"])
    }

    @Test func everyKeyIsTaken() throws {
        let service = try web(
            """
            x-hale: {drain: 3s}, deploy: {replicas: 3,
              update_config: {order: start-first, parallelism: 2, delay: 10s, monitor: 1m, failure_action: rollback,
                max_failure_ratio: 0.25},
              rollback_config: {parallelism: 0, failure_action: continue}}
            """)
        #expect(
            service.update
                == UpdatePolicy(
                    order: .startFirst, parallelism: 2, delay: .seconds(10), monitor: .seconds(60),
                    failureAction: .rollback, maximumFailureRatio: 0.25))
        #expect(service.rollback == UpdatePolicy(parallelism: 0, failureAction: .continue))
        #expect(service.drain == .seconds(3))
    }

    @Test func whatIsNotSaidIsLeftToTheDefaults() throws {
        let service = try web("deploy: {replicas: 3}")
        #expect(service.update == nil)
        #expect(
            service.updatePolicy
                == UpdatePolicy(
                    order: .stopFirst, parallelism: 1, delay: .zero, monitor: .seconds(5), failureAction: .pause,
                    maximumFailureRatio: 0))
        #expect(try web("deploy: {update_config: {delay: 1s}}").update == UpdatePolicy(delay: .seconds(1)))
    }

    @Test(arguments: [
        ("update_config: {failure_action: stop}", "expected one of pause, continue, rollback, not 'stop'"),
        ("rollback_config: {failure_action: rollback}", "expected one of pause, continue, not 'rollback'"),
        ("update_config: {parallelism: -1}", "must not be negative; 0 is all at once"),
        ("update_config: {max_failure_ratio: 2}", "expected a number from 0 to 1"),
        ("update_config: {order: first}", "order"),
        ("update_config: {monitor: soon}", "monitor"),
    ])
    func whatIsWrongIsSaidWithItsPlace(config: String, complaint: String) throws {
        let text = "services:\n  web:\n    image: x\n    deploy:\n      \(config)\n"
        let error = #expect(throws: ComposeError.self) { try load(text).stack() }
        let said = try #require(error).description
        #expect(said.contains("compose.yaml:5:"))
        #expect(said.contains(complaint))
    }
}
